package dev.mvm.image.source;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// A manifest's or index's word for one blob (OCI image specification, descriptors).
///
/// @param size in bytes
public record Descriptor(
        String mediaType, Digest digest, long size, Optional<Platform> platform, Map<String, String> annotations) {
    /// Largest blob that is accepted, in bytes.
    static final long LARGEST = 16L << 30;

    /// Operating system and architecture, as Go names them.
    public record Platform(String os, String architecture, String variant) {
        static final Platform WANTED = new Platform("linux", "amd64", "");

        /// Returns whether a machine of the fleet runs it: variants above v1 need processors that the fleet may not
        /// have.
        boolean isWanted() {
            return os.equals(WANTED.os)
                    && architecture.equals(WANTED.architecture)
                    && (variant.isEmpty() || variant.equals("v1"));
        }

        String text() {
            return MediaTypes.shown(os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant));
        }
    }

    static Descriptor read(Json value) throws JsonException {
        if (!(value instanceof Json.Obj object)) {
            throw new JsonException("a descriptor is not an object");
        }
        var fields = Foreign.fields(object, "mediaType", "digest", "size", "platform", "annotations");
        var platform = Foreign.object(fields, "platform");
        return new Descriptor(
                Foreign.text(fields, "mediaType"),
                fields.parsed("digest", Digest::parse),
                fields.integer("size", 0, LARGEST),
                platform.isEmpty() ? Optional.empty() : Optional.of(platform(platform.get())),
                annotations(object));
    }

    private static Platform platform(Json.Obj object) throws JsonException {
        var fields = Foreign.fields(object, "os", "architecture", "variant");
        return new Platform(
                Foreign.text(fields, "os"), Foreign.text(fields, "architecture"), Foreign.text(fields, "variant"));
    }

    private static Map<String, String> annotations(Json.Obj owner) {
        return Foreign.object(owner.fields(), "annotations").map(Foreign::texts).orElseGet(LinkedHashMap::new);
    }

    /// A statement about another image, which build tools put beside it in an index.
    boolean isAttestation() {
        return annotations.containsKey("vnd.docker.reference.type")
                || platform.filter(each -> each.os().equals("unknown")).isPresent();
    }
}
