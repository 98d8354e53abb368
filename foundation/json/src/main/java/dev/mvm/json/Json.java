package dev.mvm.json;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// A JSON value (RFC 8259). Numbers are `long` where they can be; other numbers keep their text and are never used
/// for arithmetic.
public sealed interface Json {
    /// Members in the order they were written; names are unique.
    record Obj(SequencedMap<String, Json> members) implements Json {
        public Obj {
            members = new LinkedHashMap<>(members);
        }

        /// Reads the members one by one; what is left over at the end is refused.
        public JsonFields fields() {
            return new JsonFields(this);
        }

        /// A value made from all members: one that `reading` does not take is an error, and so is a value that its own
        /// constructor refuses.
        public <T> T read(JsonFields.Reading<JsonFields, T> reading) throws JsonException {
            try {
                var fields = fields();
                var value = reading.of(fields);
                fields.end();
                return value;
            } catch (IllegalArgumentException e) {
                throw JsonException.of(e);
            }
        }
    }

    record Arr(List<Json> items) implements Json {
        public Arr {
            items = List.copyOf(items);
        }
    }

    record Str(String value) implements Json {}

    record Int(long value) implements Json {}

    /// A number that is not an integer of 64 bits, as it was written.
    record Dec(String text) implements Json {}

    record Bool(boolean value) implements Json {}

    record Null() implements Json {}

    static Json of(String value) {
        return new Str(value);
    }

    static Json of(long value) {
        return new Int(value);
    }

    /// An array of the given values.
    static Json array(List<? extends Json> items) {
        return new Arr(List.copyOf(items));
    }

    /// An object built member by member: `Json.object().put("id", id).put("size", 3).end()`.
    static Builder object() {
        return new Builder();
    }

    /// Parses one document; nothing may follow it but white space.
    ///
    /// @throws JsonException if the text is not JSON, not UTF-8, or beyond `limits`
    static Json parse(byte[] utf8, JsonLimits limits) throws JsonException {
        return JsonParsing.parse(utf8, limits);
    }

    /// Parses one document that must be an object.
    ///
    /// @throws JsonException as [#parse], and if the document is anything but an object
    static Obj parseObject(byte[] utf8, JsonLimits limits) throws JsonException {
        if (parse(utf8, limits) instanceof Obj object) {
            return object;
        }
        throw new JsonException("the document is not a JSON object");
    }

    /// This value as compact UTF-8 text.
    default byte[] bytes() {
        return JsonWriting.bytes(this);
    }

    /// Collects the members of an object.
    final class Builder {
        private final SequencedMap<String, Json> members = new LinkedHashMap<>();

        private Builder() {}

        public Builder put(String name, Json value) {
            if (members.put(name, value) != null) {
                throw new IllegalArgumentException("member given twice: " + name);
            }
            return this;
        }

        public Builder put(String name, String value) {
            return put(name, new Str(value));
        }

        public Builder put(String name, long value) {
            return put(name, new Int(value));
        }

        public Builder put(String name, boolean value) {
            return put(name, new Bool(value));
        }

        public Builder put(String name, List<? extends Json> items) {
            return put(name, array(items));
        }

        public Obj end() {
            return new Obj(members);
        }
    }
}
