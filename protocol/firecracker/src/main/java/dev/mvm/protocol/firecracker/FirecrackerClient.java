package dev.mvm.protocol.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.json.JsonException;
import dev.mvm.protocol.firecracker.Answer.Reason;
import dev.mvm.protocol.firecracker.ResponseReader.Response;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.regex.Pattern;

/// Asks one Firecracker process. Each operation has a connection of its own, so that nothing a VMM sends too much can
/// be taken for the answer to a later request. May be used by several threads: Firecracker itself serves one request
/// after the other and at most ten connections.
public record FirecrackerClient(Connector connector) {
    /// The status when ten connections are open.
    private static final int BUSY = 503;

    /// What the HTTP layer answers. It looks like JSON, and is none when it holds a line break.
    private static final Pattern HTTP_ERROR = Pattern.compile("\\{ \"error\": \"(.*)\" }", Pattern.DOTALL);

    /// Sends an operation and waits for what becomes of it.
    ///
    /// @param patience how long in all, from connecting to the last byte
    public <T> Answer<T> call(Operation<T> operation, Duration patience) {
        try {
            long deadline = System.nanoTime() + patience.toNanos();
            return meaning(operation.reply(), exchange(operation.request(), deadline));
        } catch (BrokenException e) {
            return new Answer.Broken<>(e.reason());
        }
    }

    private Response exchange(Request request, long deadline) throws BrokenException {
        try (var connection = connect(deadline)) {
            connection.write(request.bytes(), deadline);
            return ResponseReader.read(connection, deadline);
        } catch (InterruptedIOException e) {
            throw new BrokenException(Reason.TIMED_OUT);
        } catch (IOException e) {
            throw new BrokenException(Reason.CLOSED);
        }
    }

    private Connection connect(long deadline) throws BrokenException {
        try {
            return connector.connect(deadline);
        } catch (IOException e) {
            throw new BrokenException(Reason.UNREACHABLE);
        }
    }

    private static <T> Answer<T> meaning(Reply<T> reply, Response response) throws BrokenException {
        try {
            if (response.status() == reply.status()) {
                return new Answer.Value<>(reply.read(response.body()));
            }
            if (response.status() / 100 == 4 || response.status() == BUSY) {
                return fault(response);
            }
            throw new BrokenException(Reason.UNEXPECTED_STATUS);
        } catch (JsonException e) {
            throw new BrokenException(Reason.MALFORMED_BODY);
        }
    }

    private static <T> Answer<T> fault(Response response) throws JsonException {
        var ofHttp = HTTP_ERROR.matcher(new String(response.body(), UTF_8));
        if (ofHttp.matches()) {
            return new Answer.Fault<>(ofHttp.group(1));
        }
        return new Answer.Fault<>(Reply.parse(response.body()).fields().string("fault_message"));
    }
}
