package dev.mvm.protocol.control.rest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Pattern;

/// A path of `google.api.http` (google/api/http.proto) in the form that mvm uses: literal segments, variables of one
/// segment, and perhaps a verb after the last colon: `/v1/pools/{tenant}/{pool}:scale`.
///
/// @param verb the part after the colon, empty if there is no colon
public record PathTemplate(List<Segment> segments, String verb) {
    /// Values that can be in a path unencoded (RFC 3986, unreserved). Nothing is ever percent-decoded, so that every
    /// path has one spelling.
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._~-]+");

    /// A part between slashes.
    public sealed interface Segment {
        record Literal(String text) implements Segment {}

        record Variable(String field) implements Segment {}
    }

    public PathTemplate {
        segments = List.copyOf(segments);
    }

    /// Parses a template.
    ///
    /// @throws IllegalArgumentException for forms that are not supported, such as `*` or a variable with a pattern
    public static PathTemplate parse(String text) {
        var split = split(text);
        var segments = new ArrayList<Segment>();
        for (var part : split.path().substring(1).split("/", -1)) {
            if (PLAIN.matcher(part).matches()) {
                segments.add(new Segment.Literal(part));
            } else if (part.matches("\\{[a-z][a-z0-9_]*}")) {
                segments.add(new Segment.Variable(part.substring(1, part.length() - 1)));
            } else {
                throw new IllegalArgumentException("not a path template: " + text);
            }
        }
        return new PathTemplate(segments, split.verb());
    }

    /// Returns the variables of `path`, in the order of the template; empty if the path does not match.
    public Optional<SequencedMap<String, String>> match(String path) {
        if (!path.startsWith("/")) {
            return Optional.empty();
        }
        var split = split(path);
        var parts = split.path().substring(1).split("/", -1);
        if (parts.length != segments.size() || !split.verb().equals(verb)) {
            return Optional.empty();
        }
        var variables = new LinkedHashMap<String, String>();
        for (int i = 0; i < parts.length; i++) {
            boolean fits = switch (segments.get(i)) {
                case Segment.Literal(var text) -> text.equals(parts[i]);
                case Segment.Variable(var field) -> {
                    variables.put(field, parts[i]);
                    yield PLAIN.matcher(parts[i]).matches();
                }
            };
            if (!fits) {
                return Optional.empty();
            }
        }
        return Optional.of(variables);
    }

    /// Returns the path for these variables.
    ///
    /// @throws IllegalArgumentException if a variable is missing or contains characters that a path cannot contain
    public String expand(Map<String, String> variables) {
        var path = new StringBuilder();
        for (var segment : segments) {
            path.append('/')
                    .append(
                            switch (segment) {
                                case Segment.Literal(var text) -> text;
                                case Segment.Variable(var field) -> plain(field, variables.getOrDefault(field, ""));
                            });
        }
        return verb.isEmpty() ? path.toString() : path.append(':').append(verb).toString();
    }

    /// Returns the names of the variables, in their order.
    public List<String> variables() {
        return segments.stream()
                .mapMulti((Segment segment, java.util.function.Consumer<String> sink) -> {
                    if (segment instanceof Segment.Variable(var field)) {
                        sink.accept(field);
                    }
                })
                .toList();
    }

    private static String plain(String field, String value) {
        if (!PLAIN.matcher(value).matches()) {
            throw new IllegalArgumentException(field + " is empty or has characters that no " + field + " has");
        }
        return value;
    }

    private record Split(String path, String verb) {}

    private static Split split(String text) {
        int colon = text.lastIndexOf(':');
        return colon > text.lastIndexOf('/') && colon < text.length() - 1
                ? new Split(text.substring(0, colon), text.substring(colon + 1))
                : new Split(text, "");
    }
}
