package dev.mvm.image.source;

import dev.mvm.json.Json;
import dev.mvm.json.JsonFields;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/// Members of documents that others write: one that is absent or of another kind counts as empty, and unknown ones
/// are passed over.
final class Foreign {
    private Foreign() {}

    static String text(JsonFields fields, String name) {
        return fields.optional(name).orElse(new Json.Null()) instanceof Json.Str(var value) ? value : "";
    }

    static Optional<Json.Obj> object(JsonFields fields, String name) {
        return fields.optional(name).filter(Json.Obj.class::isInstance).map(Json.Obj.class::cast);
    }

    /// The members that are text.
    static SequencedMap<String, String> texts(Json.Obj object) {
        var out = new LinkedHashMap<String, String>();
        object.members().forEach((name, value) -> {
            if (value instanceof Json.Str(var text)) {
                out.put(name, text);
            }
        });
        return out;
    }
}
