package dev.mvm.image.config;

import dev.mvm.image.ImageException;
import dev.mvm.image.source.Digest;
import dev.mvm.image.source.Foreign;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// The configuration of an image, as its maker wrote it (OCI image specification, image configuration; `Healthcheck`
/// and `Shell` are Docker's).
///
/// @param layers digests of the plain layers, lowest first
/// @param user as the Dockerfile has it: name or number, and perhaps `:` and a group
/// @param stopSignal name or number; empty for the default
/// @param volumes folders that the image keeps apart from its layers, in their order
/// @param labels kept in the provenance; they change nothing
public record ImageConfig(
        List<Digest> layers,
        List<String> entrypoint,
        List<String> command,
        List<String> environment,
        String user,
        String directory,
        String stopSignal,
        Optional<HealthCheck> health,
        List<String> volumes,
        SequencedMap<String, String> labels) {
    private static final String INVALID = "config_invalid";
    private static final int LONGEST = 4 << 20;
    private static final int MOST = 10_000;

    /// Members of `config` that are read.
    private static final String[] MEMBERS = {
        "Entrypoint", "Cmd", "Env", "User", "WorkingDir", "StopSignal", "Healthcheck", "Shell", "Volumes", "Labels"
    };

    /// A configuration for files without one.
    public static final ImageConfig EMPTY = new ImageConfig(
            List.of(), List.of(), List.of(), List.of(), "", "", "", Optional.empty(), List.of(), new LinkedHashMap<>());

    /// Reads a configuration.
    ///
    /// @throws ImageException `config_invalid`, `platform_missing` for another system than linux/amd64
    public static ImageConfig read(byte[] bytes) throws ImageException {
        try {
            var fields = Foreign.fields(
                    Json.parseObject(bytes, JsonLimits.foreign(LONGEST)),
                    "os",
                    "architecture",
                    "variant",
                    "config",
                    "rootfs");
            var variant = text(fields, "variant");
            var system =
                    text(fields, "os") + "/" + text(fields, "architecture") + (variant.isEmpty() ? "" : "/" + variant);
            if (!system.equals("linux/amd64") && !system.equals("linux/amd64/v1")) {
                throw new ImageException(
                        "platform_missing", "the image is for " + printable(system) + " and not for linux/amd64");
            }
            var config = fields.optional("config")
                    .filter(Json.Obj.class::isInstance)
                    .map(Json.Obj.class::cast)
                    .orElseGet(() -> Json.object().end());
            return read(layers(fields), Foreign.fields(config, MEMBERS));
        } catch (JsonException e) {
            throw new ImageException(INVALID, "the image's configuration cannot be read: " + e.getMessage());
        }
    }

    private static ImageConfig read(List<Digest> layers, JsonFields config) throws JsonException {
        var shell = texts(config, "Shell");
        return new ImageConfig(
                layers,
                texts(config, "Entrypoint"),
                texts(config, "Cmd"),
                texts(config, "Env"),
                text(config, "User"),
                text(config, "WorkingDir"),
                text(config, "StopSignal"),
                health(config, shell),
                volumes(config),
                labels(config));
    }

    private static List<Digest> layers(JsonFields fields) throws JsonException {
        return Foreign.fields(fields.object("rootfs"), "diff_ids").strings("diff_ids", 127, Digest::parse);
    }

    private static Optional<HealthCheck> health(JsonFields config, List<String> shell) throws JsonException {
        return config.optional("Healthcheck").orElse(new Json.Null()) instanceof Json.Obj object
                ? HealthCheck.read(object, shell)
                : Optional.empty();
    }

    private static List<String> volumes(JsonFields config) {
        return config.optional("Volumes").orElse(new Json.Null()) instanceof Json.Obj(var members)
                ? members.keySet().stream().limit(MOST).toList()
                : List.of();
    }

    private static SequencedMap<String, String> labels(JsonFields config) {
        var out = new LinkedHashMap<String, String>();
        if (config.optional("Labels").orElse(new Json.Null()) instanceof Json.Obj(var members)) {
            members.forEach((name, value) -> {
                if (value instanceof Json.Str(var text)) {
                    out.put(name, text);
                }
            });
        }
        return out;
    }

    private static String text(JsonFields fields, String name) throws JsonException {
        return switch (fields.optional(name).orElse(new Json.Null())) {
            case Json.Str(var value) -> value;
            case Json.Null() -> "";
            default -> throw new JsonException("field '" + name + "' is not a string");
        };
    }

    /// Go writes an empty list as null.
    static List<String> texts(JsonFields fields, String name) throws JsonException {
        var value = fields.optional(name).orElse(new Json.Null());
        if (value instanceof Json.Null) {
            return List.of();
        }
        if (!(value instanceof Json.Arr(var items)) || items.size() > MOST) {
            throw new JsonException("field '" + name + "' is not a list");
        }
        var out = new ArrayList<String>();
        for (var item : items) {
            if (!(item instanceof Json.Str(var text))) {
                throw new JsonException("field '" + name + "' has an item that is not a string");
            }
            out.add(text);
        }
        return List.copyOf(out);
    }

    static String printable(String foreign) {
        var cut = foreign.length() > 100 ? foreign.substring(0, 100) + "..." : foreign;
        return cut.replaceAll("[^ -~]", "?");
    }
}
