package dev.mvm.protocol.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.json.JsonException;
import dev.mvm.protocol.firecracker.Answer.Reason;
import dev.mvm.protocol.firecracker.ResponseReader.Response;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.regex.Pattern;

/// Asks one Firecracker process over one connection, one request after the other. A broken answer is the last,
/// for it does not show where the next one would begin. Used by one thread.
public final class FirecrackerClient {
    /// The status when ten connections are open.
    private static final int BUSY = 503;

    /// Response of the HTTP layer. It looks like JSON, but is invalid JSON if the message holds a line break.
    private static final Pattern HTTP_ERROR = Pattern.compile("\\{ \"error\": \"(.*)\" }", Pattern.DOTALL);

    private final FirecrackerConnection connection;
    private Optional<Reason> broken = Optional.empty();

    /// @param connection stays its owner's
    public FirecrackerClient(FirecrackerConnection connection) {
        this.connection = connection;
    }

    /// Sends an operation and waits for what becomes of it. After a broken answer nothing is sent, and the same
    /// reason is given again.
    ///
    /// @param deadline of the last byte, a reading of `System.nanoTime()`
    public <T> Answer<T> call(Operation<T> operation, long deadline) {
        if (broken.isPresent()) {
            return new Answer.Broken<>(broken.get());
        }
        try {
            return meaning(operation.reply(), exchange(operation.request(), deadline));
        } catch (BrokenApiException e) {
            broken = Optional.of(e.reason());
            return new Answer.Broken<>(e.reason());
        }
    }

    private Response exchange(ApiRequest request, long deadline) throws BrokenApiException {
        try {
            connection.write(request.bytes(), deadline);
            var response = ResponseReader.read(connection, deadline);
            if (response.overrun()) {
                throw new BrokenApiException(Reason.NOT_HTTP);
            }
            return response;
        } catch (InterruptedIOException e) {
            throw new BrokenApiException(Reason.TIMED_OUT);
        } catch (IOException e) {
            throw new BrokenApiException(Reason.CLOSED);
        }
    }

    private static <T> Answer<T> meaning(ApiReply<T> reply, Response response) throws BrokenApiException {
        try {
            if (response.status() == reply.status()) {
                return new Answer.Value<>(reply.read(response.body()));
            }
            if (response.status() / 100 == 4 || response.status() == BUSY) {
                return fault(response);
            }
            throw new BrokenApiException(Reason.UNEXPECTED_STATUS);
        } catch (JsonException e) {
            throw new BrokenApiException(Reason.MALFORMED_BODY);
        }
    }

    private static <T> Answer<T> fault(Response response) throws JsonException {
        var ofHttp = HTTP_ERROR.matcher(new String(response.body(), UTF_8));
        if (ofHttp.matches()) {
            return new Answer.Fault<>(ofHttp.group(1));
        }
        return new Answer.Fault<>(ApiReply.parse(response.body()).fields().string("fault_message"));
    }
}
