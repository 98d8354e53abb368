package dev.mvm.testkit.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/// Recorded requests to a real Firecracker with its responses.
public final class Transcript {
    private static final JsonLimits LIMITS = JsonLimits.foreign(1 << 20);

    private Transcript() {}

    /// A line of a recording.
    public sealed interface Line {
        /// A request and its answer.
        ///
        /// @param number where it is in the recording
        /// @param vm the state of the microVM before it
        record Exchange(int number, String vm, String note, Request request, Response response, Set<Rule> rules)
                implements Line {}

        /// The end of a process.
        ///
        /// @param status its exit status; none if it went on and was killed
        record End(String note, OptionalInt status) implements Line {}
    }

    /// The request.
    ///
    /// @param body exactly as it was sent
    public record Request(String method, String path, String body) {}

    /// The response.
    public record Response(String statusLine, List<String> headers, String body) {
        /// The bytes as they came.
        public byte[] bytes() {
            var head = headers.stream().map(header -> header + "\r\n").collect(Collectors.joining());
            return (statusLine + "\r\n" + head + "\r\n" + body).getBytes(UTF_8);
        }
    }

    /// Parts that may differ in a replay.
    public enum Rule {
        /// The request has a letter 60,000 times.
        REPEATED_LETTER,
        /// Only the first answer counts.
        FIRST_ANSWER_ONLY,
        /// The length told is that of the body before its paths were shortened.
        SHORTENED_PATHS
    }

    /// The recording of a version: `1.15.1`, `1.16.1` or `1.17.0-dev`.
    public static List<Line> of(String version) {
        var rules = rules();
        var out = new ArrayList<Line>();
        for (var text : resource("firecracker-" + version + ".jsonl").lines().toList()) {
            try {
                out.add(line(Json.parseObject(text.getBytes(UTF_8), LIMITS).fields(), rules));
            } catch (JsonException e) {
                throw new AssertionError("recording of " + version, e);
            }
        }
        return out;
    }

    private static Map<Integer, Set<Rule>> rules() {
        var out = new HashMap<Integer, Set<Rule>>();
        try {
            if (Json.parse(resource("normalise.json").getBytes(UTF_8), LIMITS) instanceof Json.Arr(var items)) {
                for (var item : items) {
                    var fields = ((Json.Obj) item).fields();
                    out.computeIfAbsent(fields.intBetween("exchange", 1, 1_000), _ -> EnumSet.noneOf(Rule.class))
                            .add(Rule.valueOf(fields.string("rule")));
                    fields.string("why");
                    fields.end();
                }
            }
            return out;
        } catch (JsonException e) {
            throw new AssertionError("normalise.json", e);
        }
    }

    private static Line line(JsonFields line, Map<Integer, Set<Rule>> rules) throws JsonException {
        if (line.optional("n").orElse(new Json.Null()) instanceof Json.Int(var number)) {
            var its = rules.getOrDefault((int) number, Set.of());
            return new Line.Exchange(
                    (int) number,
                    line.string("vm"),
                    line.string("note"),
                    request(line.object("request").fields(), its),
                    response(line.object("response").fields(), its),
                    its);
        }
        var status = line.optional("rc").orElse(new Json.Null());
        return new Line.End(
                line.string("note"),
                status instanceof Json.Int(var rc) ? OptionalInt.of((int) rc) : OptionalInt.empty());
    }

    private static Request request(JsonFields request, Set<Rule> rules) throws JsonException {
        var body = switch (request.optional("body").orElse(new Json.Null())) {
            case Json.Null() -> "";
            case Json.Str(var text) -> text;
            case Json other
            when rules.contains(Rule.REPEATED_LETTER) ->
                asPython(other).replaceFirst("x repeated 60,000 times", "x".repeat(60_000));
            case Json other -> asPython(other);
        };
        return new Request(request.string("method"), request.string("path"), body);
    }

    /// A value as Python's `json.dumps` writes it: a space after each comma and colon, ASCII only.
    private static String asPython(Json value) {
        return switch (value) {
            case Json.Obj(var members) ->
                members.entrySet().stream()
                        .map(member -> asPython(Json.of(member.getKey())) + ": " + asPython(member.getValue()))
                        .collect(Collectors.joining(", ", "{", "}"));
            case Json.Arr(var items) ->
                items.stream().map(Transcript::asPython).collect(Collectors.joining(", ", "[", "]"));
            case Json other ->
                new String(other.bytes(), UTF_8)
                        .chars()
                        .mapToObj(c -> c < 0x80 ? String.valueOf((char) c) : "\\u%04x".formatted(c))
                        .collect(Collectors.joining());
        };
    }

    private static Response response(JsonFields response, Set<Rule> rules) throws JsonException {
        var status = response.string("status_line");
        var headers = response.strings("headers", 20, header -> header);
        var body = response.string("body");
        if (rules.contains(Rule.SHORTENED_PATHS)) {
            var length = "Content-Length: " + body.getBytes(UTF_8).length;
            headers = headers.stream()
                    .map(header -> header.startsWith("Content-Length: ") ? length : header)
                    .toList();
        }
        return new Response(status, headers, body);
    }

    private static String resource(String name) {
        try (var in = Transcript.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new AssertionError(name + " is missing");
            }
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new AssertionError(name, e);
        }
    }
}
