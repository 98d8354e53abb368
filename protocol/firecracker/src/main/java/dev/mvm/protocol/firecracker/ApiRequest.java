package dev.mvm.protocol.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.json.Json;
import java.nio.ByteBuffer;

/// A request as it goes over the wire.
///
/// @param target begins with `/`
/// @param body JSON, or empty for none
public record ApiRequest(String method, String target, String body) {
    /// A question.
    public static ApiRequest get(String target) {
        return new ApiRequest("GET", target, "");
    }

    /// A change.
    public static ApiRequest put(String target, Json.Builder body) {
        return new ApiRequest("PUT", target, text(body));
    }

    /// A change of a part.
    public static ApiRequest patch(String target, Json.Builder body) {
        return new ApiRequest("PATCH", target, text(body));
    }

    private static String text(Json.Builder body) {
        return new String(body.end().bytes(), UTF_8);
    }

    /// Firecracker reads 1,024 bytes at a time and refuses a longer line; these are far shorter.
    ByteBuffer bytes() {
        var content = body.getBytes(UTF_8);
        var about = "Content-Type: application/json\r\nContent-Length: " + content.length + "\r\n";
        var head = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + (body.isEmpty() ? "" : about) + "\r\n";
        return ByteBuffer.wrap((head + body).getBytes(UTF_8));
    }
}
