package dev.mvm.image.source;

import dev.mvm.image.ImageException;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;
import java.util.ArrayList;
import java.util.List;

/// A document that a registry or layout has for an image: the manifest of one image, or an index of several.
public sealed interface Manifest {
    /// Longest manifest or index, in bytes, as registries have it.
    int LONGEST = 4 << 20;

    /// Most layers; overlayfs has no more either.
    int MOST_LAYERS = 127;

    /// The digest of the document's bytes.
    Digest digest();

    /// One image: its configuration, and its layers, lowest first.
    ///
    /// @param mediaType that of the manifest itself
    record Image(Digest digest, String mediaType, Descriptor config, List<Descriptor> layers) implements Manifest {
        /// Bytes of the largest blob.
        public long largest() {
            return layers.stream().mapToLong(Descriptor::size).reduce(config.size(), Math::max);
        }
    }

    /// Several images.
    record Index(Digest digest, List<Descriptor> entries) implements Manifest {}

    /// Reads a manifest or an index.
    ///
    /// @throws ImageException `manifest_invalid`, or a code of [MediaTypes] for anything but an image
    static Manifest read(byte[] bytes) throws ImageException {
        try {
            var object = Json.parseObject(bytes, JsonLimits.foreign(LONGEST));
            return read(Digest.of(bytes), object);
        } catch (JsonException e) {
            throw new ImageException("manifest_invalid", "the manifest cannot be read: " + e.getMessage());
        }
    }

    private static Manifest read(Digest digest, Json.Obj object) throws ImageException, JsonException {
        var fields = Foreign.fields(object, "schemaVersion", "mediaType", "config", "layers", "manifests");
        if (fields.integer("schemaVersion", 1, 2) != 2) {
            throw new ImageException("manifest_invalid", "the manifest is of schema 1, which nothing verifies");
        }
        var type = Foreign.text(fields, "mediaType");
        boolean index = fields.has("manifests");
        // a document that can be read both ways is read differently by different programs
        if (index == fields.has("layers")
                || (index && MediaTypes.isManifest(type))
                || (!index && MediaTypes.isIndex(type))) {
            throw new ImageException("manifest_invalid", "the manifest is not clearly one of an image or an index");
        }
        return index ? new Index(digest, descriptors(fields.array("manifests", 1000))) : image(digest, type, fields);
    }

    private static Image image(Digest digest, String type, JsonFields fields) throws ImageException, JsonException {
        var config = Descriptor.read(fields.object("config"));
        MediaTypes.checkConfig(config.mediaType());
        var layers = fields.array("layers", 100_000);
        if (layers.size() > MOST_LAYERS) {
            throw new ImageException("too_many_layers", layers.size() + " layers; " + MOST_LAYERS + " are the most");
        }
        var image = new Image(digest, type.isEmpty() ? MediaTypes.MANIFEST : type, config, descriptors(layers));
        long bytes = 0;
        for (var layer : image.layers()) {
            MediaTypes.checkLayer(layer.mediaType());
            bytes += layer.size();
        }
        if (bytes > Descriptor.LARGEST) {
            throw new ImageException("image_too_large", "the layers have " + bytes + " bytes; 16 GiB are the most");
        }
        return image;
    }

    private static List<Descriptor> descriptors(List<Json> values) throws JsonException {
        var out = new ArrayList<Descriptor>();
        for (var value : values) {
            out.add(Descriptor.read(value));
        }
        return List.copyOf(out);
    }
}
