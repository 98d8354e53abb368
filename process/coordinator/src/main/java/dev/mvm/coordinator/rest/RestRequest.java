package dev.mvm.coordinator.rest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/// Reads the parts of an HTTP request that make up a call, with their limits.
final class RestRequest {
    static final int MAX_BODY = 1 << 20;
    private static final int MAX_DISCARDED = 8 * MAX_BODY;
    private static final int MAX_PARAMETERS = 16;

    private RestRequest() {}

    /// Returns the decoded parameters of the query.
    static Map<String, String> query(Request request) throws ProblemException {
        var raw = request.getHttpURI().getQuery();
        var out = new LinkedHashMap<String, String>();
        if (raw == null || raw.isEmpty()) {
            return out;
        }
        for (var part : raw.split("&", MAX_PARAMETERS + 1)) {
            int equals = part.indexOf('=');
            if (equals < 1 || out.size() == MAX_PARAMETERS) {
                throw ProblemException.invalid("the query is not of the form name=value&name=value");
            }
            if (out.put(decoded(part.substring(0, equals)), decoded(part.substring(equals + 1))) != null) {
                throw ProblemException.invalid("a parameter is given twice");
            }
        }
        return out;
    }

    private static String decoded(String text) throws ProblemException {
        try {
            return URLDecoder.decode(text, UTF_8);
        } catch (IllegalArgumentException e) {
            throw ProblemException.invalid("the query is not properly encoded");
        }
    }

    /// Returns the body as text; empty if there is no body.
    static String body(Request request) throws ProblemException {
        if (request.getLength() > MAX_DISCARDED) {
            throw tooLarge();
        }
        try (var in = Content.Source.asInputStream(request)) {
            var bytes = in.readNBytes(MAX_BODY + 1);
            if (bytes.length > MAX_BODY) {
                discard(in);
                throw tooLarge();
            }
            if (bytes.length > 0) {
                requireJson(request);
            }
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw ProblemException.invalid("the body is not UTF-8");
        } catch (IOException e) {
            throw ProblemException.invalid("the body did not arrive");
        }
    }

    /// Reads and drops the rest of a body. A client that is still sending when the connection closes would never see
    /// the answer.
    private static void discard(InputStream in) throws IOException {
        var buffer = new byte[8 * 1024];
        int left = MAX_DISCARDED;
        for (int count = 0; count >= 0 && left > 0; left -= count) {
            count = in.read(buffer);
        }
    }

    private static void requireJson(Request request) throws ProblemException {
        var type = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
        if (type == null || !type.toLowerCase(Locale.ROOT).matches("application/json(\\s*;\\s*charset=utf-8)?")) {
            throw ProblemException.invalid("the body has to be application/json");
        }
    }

    private static ProblemException tooLarge() {
        return new ProblemException(Fault.TOO_LARGE, "too_large", "a body has at most " + MAX_BODY + " bytes");
    }
}
