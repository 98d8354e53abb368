package dev.mvm.testkit.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.json.Json;
import java.nio.ByteBuffer;

/// An answer in the form of Firecracker's HTTP layer.
///
/// @param status 204 has no body
/// @param deprecated whether the request used something that goes away
record HttpReply(int status, String body, boolean deprecated) {
    static HttpReply done() {
        return new HttpReply(204, "", false);
    }

    static HttpReply value(Json value) {
        return new HttpReply(200, new String(value.bytes(), UTF_8), false);
    }

    static HttpReply fault(String message) {
        var body = Json.object().put("fault_message", message).end();
        return new HttpReply(400, new String(body.bytes(), UTF_8), false);
    }

    /// Response of the HTTP layer to an invalid request: invalid JSON because of the line break.
    static HttpReply refusal(String complaint) {
        return new HttpReply(
                400, "{ \"error\": \"" + complaint + "\nAll previous unanswered requests will be dropped.\" }", false);
    }

    HttpReply withDeprecation(boolean used) {
        return new HttpReply(status, body, used);
    }

    ByteBuffer bytes() {
        var content = body.getBytes(UTF_8);
        var head = "HTTP/1.1 " + status + " \r\nServer: Firecracker API\r\nConnection: keep-alive\r\n"
                + (deprecated ? "Deprecation: true\r\n" : "")
                + (status == 204 ? "" : "Content-Type: application/json\r\nContent-Length: " + content.length + "\r\n")
                + "\r\n";
        return ByteBuffer.wrap((head + body).getBytes(UTF_8));
    }
}
