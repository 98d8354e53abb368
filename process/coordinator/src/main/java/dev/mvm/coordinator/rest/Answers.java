package dev.mvm.coordinator.rest;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.MessageOrBuilder;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.protocol.control.rest.JsonText;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/// The headers and forms that all answers have in common.
final class Answers {
    private Answers() {}

    /// Sets headers that allow browsers to read an answer and nothing else.
    static void harden(Response response) {
        var headers = response.getHeaders();
        headers.put("X-Content-Type-Options", "nosniff");
        headers.put("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
        headers.put("Cross-Origin-Resource-Policy", "same-origin");
        headers.put("Referrer-Policy", "no-referrer");
        headers.put(HttpHeader.CACHE_CONTROL, "no-store");
    }

    static void ok(Response response, MessageOrBuilder message, Callback callback) {
        json(response, 200, JsonText.of(message), callback);
    }

    static void problem(Response response, ProblemException e, String challenge, Callback callback) {
        if (e.fault() == Fault.UNAUTHENTICATED) {
            response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, challenge);
        }
        if (e.fault() == Fault.LIMITED) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, "1");
        }
        json(response, e.fault().http(), JsonText.of(e.problem()), callback);
    }

    static void json(Response response, int status, String json, Callback callback) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.write(true, ByteBuffer.wrap((json + "\n").getBytes(UTF_8)), callback);
    }
}
