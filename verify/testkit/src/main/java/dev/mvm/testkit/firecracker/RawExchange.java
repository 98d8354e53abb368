package dev.mvm.testkit.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.testkit.firecracker.Transcript.Request;
import dev.mvm.testkit.firecracker.Transcript.Response;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// One request on a connection of its own, and the first answer exactly as it comes.
final class RawExchange {
    private RawExchange() {}

    static Response send(Path socket, Request request, Duration patience) throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        try (var connection = UnixConnection.open(socket)) {
            connection.write(bytes(request), deadline);
            var seen = new ByteArrayOutputStream();
            var piece = ByteBuffer.allocate(4_096);
            var response = parse(seen);
            while (response.isEmpty()) {
                if (connection.read(piece.clear(), deadline) < 0) {
                    throw new IOException("closed after " + seen.toString(UTF_8));
                }
                seen.write(piece.array(), 0, piece.position());
                response = parse(seen);
            }
            return response.getFirst();
        }
    }

    private static ByteBuffer bytes(Request request) {
        boolean hasBody = !request.method().equals("GET") && !request.method().equals("DELETE");
        var length = "Content-Length: " + request.body().getBytes(UTF_8).length + "\r\n";
        var head = request.method() + " " + request.path() + " HTTP/1.1\r\nHost: localhost\r\n"
                + (hasBody ? "Content-Type: application/json\r\n" + length : "");
        return ByteBuffer.wrap((head + "\r\n" + request.body()).getBytes(UTF_8));
    }

    /// The first answer, if all of it is there.
    private static List<Response> parse(ByteArrayOutputStream seen) {
        var text = seen.toString(UTF_8);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            return List.of();
        }
        var lines = List.of(text.substring(0, end).split("\r\n", -1));
        var headers = lines.subList(1, lines.size());
        int length = headers.stream()
                .filter(header -> header.startsWith("Content-Length: "))
                .mapToInt(header -> Integer.parseInt(header.substring("Content-Length: ".length())))
                .findFirst()
                .orElse(0);
        var body = text.substring(end + 4).getBytes(UTF_8);
        return body.length < length
                ? List.of()
                : List.of(new Response(lines.getFirst(), headers, new String(body, 0, length, UTF_8)));
    }
}
