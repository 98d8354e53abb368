package dev.mvm.image.config;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Settings of an operator's in place of those of the image.
///
/// @param entrypoint a program; the image's entrypoint and command both give way
/// @param arguments arguments, if any, in place of the image's command
/// @param environment `NAME=VALUE`, over the image's
/// @param user as in a Dockerfile
/// @param directory working directory
/// @param volume place of a data volume
public record Overrides(
        Optional<String> entrypoint,
        List<String> arguments,
        List<String> environment,
        Optional<String> user,
        Optional<String> directory,
        Optional<String> volume) {
    /// Nothing is said.
    public static final Overrides NOTHING =
            new Overrides(Optional.empty(), List.of(), List.of(), Optional.empty(), Optional.empty(), Optional.empty());

    public Overrides {
        arguments = List.copyOf(arguments);
        environment = List.copyOf(environment);
    }

    ImageConfig over(ImageConfig image) {
        var command = arguments.isEmpty() && entrypoint.isEmpty() ? image.command() : arguments;
        var merged = new ArrayList<>(image.environment());
        merged.addAll(environment);
        return new ImageConfig(
                image.layers(),
                entrypoint.map(List::of).orElse(image.entrypoint()),
                command,
                merged,
                user.orElse(image.user()),
                directory.orElse(image.directory()),
                image.stopSignal(),
                image.health(),
                image.volumes(),
                image.labels());
    }

    /// As provenance and the sandbox's job have it.
    public Json.Obj json() {
        var out = Json.object()
                .put("arguments", arguments.stream().map(Json::of).toList())
                .put("environment", environment.stream().map(Json::of).toList());
        entrypoint.ifPresent(value -> out.put("entrypoint", value));
        user.ifPresent(value -> out.put("user", value));
        directory.ifPresent(value -> out.put("working_directory", value));
        volume.ifPresent(value -> out.put("volume", value));
        return out.end();
    }

    /// Reads the document.
    ///
    /// @throws JsonException if it is not what [#json] writes
    public static Overrides read(JsonFields fields) throws JsonException {
        return new Overrides(
                optional(fields, "entrypoint"),
                fields.strings("arguments", 10_000, text -> text),
                fields.strings("environment", 10_000, text -> text),
                optional(fields, "user"),
                optional(fields, "working_directory"),
                optional(fields, "volume"));
    }

    private static Optional<String> optional(JsonFields fields, String name) throws JsonException {
        return fields.has(name) ? Optional.of(fields.string(name)) : Optional.empty();
    }
}
