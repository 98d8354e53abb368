package dev.mvm.cli.command;

import dev.mvm.image.ImageException;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// The statement on how an image was made, and the labels in it.
record ImageProvenance(Json.Obj document, SequencedMap<String, String> labels) {
    /// It holds the labels, of a report of at most 16 MiB.
    private static final int LONGEST = 32 << 20;

    /// @throws ImageException `store_damaged`
    static ImageProvenance read(byte[] bytes) throws ImageException {
        try {
            var document = Json.parseObject(bytes, JsonLimits.foreign(LONGEST));
            var fields = document.fields();
            for (var name : List.of("predicate", "buildDefinition", "internalParameters")) {
                fields = fields.object(name).fields();
            }
            var labels = new LinkedHashMap<String, String>();
            fields.object("labels").members().forEach((label, value) -> labels.put(label, Printable.json(value)));
            return new ImageProvenance(document, labels);
        } catch (JsonException e) {
            throw new ImageException("store_damaged", "the image's provenance cannot be read: " + e.getMessage());
        }
    }
}
