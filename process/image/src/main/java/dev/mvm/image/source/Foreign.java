package dev.mvm.image.source;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/// Members of documents that others write: one that is absent or of another kind counts as empty, and unknown ones
/// are passed over.
public final class Foreign {
    private Foreign() {}

    /// The members of an object. skopeo and other programs in Go take a member for another if case alone tells their
    /// names apart, and of several the last; names are compared here as those programs compare them.
    ///
    /// @param names of the members that are read
    /// @throws JsonException if such a program could read another member for one of them, or one member for another
    public static JsonFields fields(Json.Obj object, String... names) throws JsonException {
        var seen = new HashMap<String, String>();
        for (var name : names) {
            seen.put(folded(name), name);
        }
        for (var name : object.members().keySet()) {
            var other = seen.put(folded(name), name);
            if (other != null && !other.equals(name)) {
                throw new JsonException("a field is not spelled '" + MediaTypes.shown(other) + "'");
            }
        }
        return object.fields();
    }

    /// The same for names that differ in case alone, also by a letter such as the sign of the kelvin.
    private static String folded(String name) {
        var out = new StringBuilder();
        name.codePoints()
                .map(Character::toUpperCase)
                .map(Character::toLowerCase)
                .forEach(out::appendCodePoint);
        return out.toString();
    }

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
