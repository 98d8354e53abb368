package dev.mvm.testkit.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// One connection's input as micro_http reads it: 1,024 bytes at a time into a buffer of that size, no line longer
/// than it, no body above 51,200 bytes. After a complaint it goes on where it stands, so that the rest of a refused
/// body is taken for header lines and complained about too.
final class HttpInput {
    private static final int BUFFER = 1_024;
    private static final int BODY_MAX = 51_200;

    private enum State {
        REQUEST_LINE,
        HEADERS,
        BODY
    }

    /// Outcome of a piece of input.
    sealed interface Event {
        record Parsed(HttpRequest request) implements Event {}

        /// A complaint; requests of the same piece are dropped.
        record Refused(HttpReply reply) implements Event {}
    }

    private static final class Complaint extends Exception {
        private static final long serialVersionUID = 1L;

        Complaint(String message) {
            super(message);
        }
    }

    private final boolean knowsDelete;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    private final List<Event> parsed = new ArrayList<>();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private State state = State.REQUEST_LINE;
    private String method = "";
    private String target = "";
    private int bodyLength;

    /// @param knowsDelete whether this version's HTTP layer knows the method DELETE
    HttpInput(boolean knowsDelete) {
        this.knowsDelete = knowsDelete;
    }

    /// Reads once and says what came of it, in order; empty at the end of input.
    List<Event> read(ReadableByteChannel channel) throws IOException {
        while (parsed.isEmpty()) {
            int kept = buffer.position();
            if (channel.read(buffer) < 0) {
                return List.of();
            }
            parse(kept);
        }
        var out = List.copyOf(parsed);
        parsed.clear();
        return out;
    }

    private void parse(int kept) {
        buffer.flip();
        try {
            while (step()) {
                // a step for each line and body in the buffer
            }
            buffer.compact();
        } catch (Complaint e) {
            parsed.clear();
            parsed.add(new Event.Refused(HttpReply.refusal(String.valueOf(e.getMessage()))));
            buffer.limit(BUFFER).position(kept);
        }
    }

    /// Takes the next thing out of the buffer, or nothing when it is not there whole.
    private boolean step() throws Complaint {
        return switch (state) {
            case REQUEST_LINE, HEADERS -> line();
            case BODY -> body();
        };
    }

    private boolean line() throws Complaint {
        int start = buffer.position();
        for (int i = start; i + 1 < buffer.limit(); i++) {
            if (buffer.get(i) == '\r' && buffer.get(i + 1) == '\n') {
                var line = UTF_8.decode(buffer.slice(start, i - start)).toString();
                if (state == State.REQUEST_LINE) {
                    buffer.position(i + 2);
                    requestLine(line);
                } else if (line.isEmpty()) {
                    endOfHeaders();
                    buffer.position(i + 2);
                } else {
                    header(line);
                    buffer.position(i + 2);
                }
                return true;
            }
        }
        if (start == 0 && buffer.limit() == BUFFER) {
            throw new Complaint(
                    state == State.REQUEST_LINE
                            ? "Invalid request."
                            : "Invalid header. Reason: Invalid content length. Header: "
                                    + UTF_8.decode(buffer.slice(0, BUFFER)));
        }
        return false;
    }

    private void requestLine(String line) throws Complaint {
        var parts = line.split(" ", 3);
        if (parts.length != 3) {
            throw new Complaint("Invalid request.");
        }
        var methods = knowsDelete ? List.of("GET", "PUT", "PATCH", "DELETE") : List.of("GET", "PUT", "PATCH");
        if (!methods.contains(parts[0])) {
            throw new Complaint("Invalid HTTP Method: Unsupported HTTP method.");
        }
        if (parts[1].isEmpty()) {
            throw new Complaint("Invalid URI: Empty URI not allowed.");
        }
        if (!List.of("HTTP/1.0", "HTTP/1.1").contains(parts[2])) {
            throw new Complaint("Invalid HTTP Version: Unsupported HTTP version.");
        }
        method = parts[0];
        target = parts[1];
        bodyLength = 0;
        state = State.HEADERS;
    }

    private void header(String line) throws Complaint {
        var parts = line.split(":", 2);
        if (parts.length != 2) {
            throw new Complaint("Invalid header. Reason: Header is incorrectly formatted. Key: " + parts[0]);
        }
        if (parts[0].strip().toLowerCase(Locale.ROOT).equals("content-length")) {
            if (!parts[1].strip().matches("\\+?[0-9]{1,9}")) {
                throw new Complaint("Invalid header. Reason: Invalid value. Key:" + parts[0] + "; Value:" + parts[1]);
            }
            bodyLength = Integer.parseInt(parts[1].strip());
        }
    }

    private void endOfHeaders() throws Complaint {
        if (bodyLength > BODY_MAX) {
            throw new Complaint("Request payload with size " + bodyLength + " is larger than the limit of " + BODY_MAX
                    + " allowed by server.");
        }
        body.reset();
        state = State.BODY;
    }

    private boolean body() {
        int take = Math.min(bodyLength - body.size(), buffer.remaining());
        body.write(buffer.array(), buffer.position(), take);
        buffer.position(buffer.position() + take);
        if (body.size() < bodyLength) {
            return false;
        }
        parsed.add(new Event.Parsed(new HttpRequest(method, target, body.toString(UTF_8))));
        state = State.REQUEST_LINE;
        return true;
    }
}
