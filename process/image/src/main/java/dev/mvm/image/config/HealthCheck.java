package dev.mvm.image.config;

import dev.mvm.image.source.Foreign;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A command that says whether the program works, and when it is asked. Defaults are Docker's.
///
/// @param command program and arguments
/// @param shell whether it is a line for the image's shell, which the image then needs
/// @param interval milliseconds between two checks, 1 to 24 hours' worth, as are all times here
/// @param timeout milliseconds that a check may take
/// @param startPeriod milliseconds after the start in which a failure does not count; may be 0
/// @param retries failures in a row that make it unhealthy, 1 to 1000
public record HealthCheck(
        List<String> command, boolean shell, long interval, long timeout, long startPeriod, int retries) {
    private static final long DAY = 86_400_000;
    private static final long DEFAULT = 30_000;
    private static final long NANOS = 1_000_000;
    private static final String LINE = "CMD-SHELL";
    private static final List<String> SHELL = List.of("/bin/sh", "-c");

    /// Reads `Healthcheck`; empty if it switches checks off.
    ///
    /// @param shell the image's `Shell`; empty for the default
    static Optional<HealthCheck> read(Json.Obj object, List<String> shell) throws JsonException {
        var fields = Foreign.fields(object, "Test", "Interval", "Timeout", "StartPeriod", "Retries");
        var test = ImageConfig.texts(fields, "Test");
        var kind = test.isEmpty() ? "NONE" : test.getFirst();
        var rest = test.stream().skip(1).toList();
        var command = switch (kind) {
            case "NONE" -> List.<String>of();
            case "CMD" -> rest;
            case LINE ->
                Stream.concat((shell.isEmpty() ? SHELL : shell).stream(), rest.stream())
                        .toList();
            default -> throw new JsonException("a health check is CMD, CMD-SHELL or NONE");
        };
        if (kind.equals("NONE")) {
            return Optional.empty();
        }
        // a shell that gets no line, or a blank one, says that all is well
        if (rest.isEmpty() || rest.getFirst().isBlank() || command.getFirst().isEmpty()) {
            throw new JsonException("the program of a health check is empty");
        }
        long interval = milliseconds(fields, "Interval", DEFAULT);
        long timeout = milliseconds(fields, "Timeout", DEFAULT);
        long start = milliseconds(fields, "StartPeriod", 0);
        long retries = number(fields, "Retries");
        if (retries > 1000) {
            throw new JsonException("a health check has at most 1000 retries");
        }
        return Optional.of(new HealthCheck(
                command, kind.equals(LINE), interval, timeout, start, retries == 0 ? 3 : (int) retries));
    }

    private static long milliseconds(JsonFields fields, String name, long absent) throws JsonException {
        long nanoseconds = number(fields, name);
        if (nanoseconds == 0) {
            return absent;
        }
        long value = Math.max(1, nanoseconds / NANOS);
        if (value > DAY) {
            throw new JsonException("times of a health check are at most 24 hours");
        }
        return value;
    }

    private static long number(JsonFields fields, String name) throws JsonException {
        return switch (fields.optional(name).orElse(new Json.Null())) {
            case Json.Int(var value) when value >= 0 -> value;
            case Json.Null() -> 0;
            default -> throw new JsonException("field '" + name + "' of the health check is no number from 0 on");
        };
    }
}
