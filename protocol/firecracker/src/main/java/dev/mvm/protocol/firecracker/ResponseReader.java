package dev.mvm.protocol.firecracker;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.protocol.firecracker.Answer.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.regex.Pattern;

/// Reads one HTTP/1.1 response of the form that Firecracker sends, and no other: a status line whose reason may
/// be missing, header lines ended by CR LF, a body whose length stands in a header, or none with 204.
final class ResponseReader {
    /// Far more than Firecracker's five header lines.
    static final int HEAD_MAX = 2_048;

    /// The largest answer is `GET /vm/config`, about 1.3 KiB and 300 bytes for each further device.
    static final int BODY_MAX = 65_536;

    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 ([1-5]\\d\\d)( [ -~]*)?");
    private static final Pattern HEADER = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \\t]*+([\\t -~]*)");
    private static final Pattern LENGTH = Pattern.compile("\\d{1,9}");
    private static final int NO_LENGTH = -1;

    private final FirecrackerConnection connection;
    private final long deadline;
    private final ByteBuffer buffer = ByteBuffer.allocate(HEAD_MAX);

    private ResponseReader(FirecrackerConnection connection, long deadline) {
        this.connection = connection;
        this.deadline = deadline;
    }

    /// @param overrun whether bytes came along that are not part of it
    @SuppressWarnings("ArrayRecordComponent") // read once, never compared
    record Response(int status, byte[] body, boolean overrun) {}

    /// Reads the response that comes next.
    static Response read(FirecrackerConnection connection, long deadline) throws IOException, BrokenApiException {
        return new ResponseReader(connection, deadline).response();
    }

    private Response response() throws IOException, BrokenApiException {
        int end = headEnd();
        var lines = new String(buffer.array(), 0, end, US_ASCII).split("\r\n", -1);
        int status = status(lines[0]);
        int length = length(lines);
        if (status == 204 ? length > 0 : length == NO_LENGTH) {
            throw new BrokenApiException(Reason.NOT_HTTP);
        }
        int start = end + 4;
        var body = body(start, Math.max(length, 0));
        return new Response(status, body, buffer.position() > start + body.length);
    }

    /// Reads until the empty line and returns where it begins.
    private int headEnd() throws IOException, BrokenApiException {
        int searched = 0;
        while (true) {
            more(buffer);
            for (; searched + 4 <= buffer.position(); searched++) {
                if (isBlankLine(searched)) {
                    return searched;
                }
            }
            if (!buffer.hasRemaining()) {
                throw new BrokenApiException(Reason.TOO_LARGE);
            }
        }
    }

    private boolean isBlankLine(int at) {
        return buffer.get(at) == '\r'
                && buffer.get(at + 1) == '\n'
                && buffer.get(at + 2) == '\r'
                && buffer.get(at + 3) == '\n';
    }

    private void more(ByteBuffer into) throws IOException, BrokenApiException {
        if (connection.read(into, deadline) < 0) {
            throw new BrokenApiException(Reason.CLOSED);
        }
    }

    private static int status(String line) throws BrokenApiException {
        var match = STATUS.matcher(line);
        if (!match.matches()) {
            throw new BrokenApiException(Reason.NOT_HTTP);
        }
        return Integer.parseInt(match.group(1));
    }

    private static int length(String[] lines) throws BrokenApiException {
        int length = NO_LENGTH;
        for (var line : Arrays.asList(lines).subList(1, lines.length)) {
            var match = HEADER.matcher(line);
            if (!match.matches() || match.group(1).equalsIgnoreCase("Transfer-Encoding")) {
                throw new BrokenApiException(Reason.NOT_HTTP);
            }
            if (match.group(1).equalsIgnoreCase("Content-Length")) {
                if (length != NO_LENGTH || !LENGTH.matcher(match.group(2)).matches()) {
                    throw new BrokenApiException(Reason.NOT_HTTP);
                }
                length = Integer.parseInt(match.group(2));
            }
        }
        if (length > BODY_MAX) {
            throw new BrokenApiException(Reason.TOO_LARGE);
        }
        return length;
    }

    private byte[] body(int start, int length) throws IOException, BrokenApiException {
        var body = ByteBuffer.allocate(length);
        body.put(buffer.array(), start, Math.min(length, buffer.position() - start));
        while (body.hasRemaining()) {
            more(body);
        }
        return body.array();
    }
}
