package dev.mvm.testkit.firecracker;

import dev.mvm.json.Json;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// A Rust type as its derived deserialiser reads it.
sealed interface Schema {
    /// Reads a value and gives it as Firecracker would write it again.
    Json read(SerdeText in) throws SerdeException;

    /// Reads a whole document.
    static Json.Obj document(byte[] text, Struct schema) throws SerdeException {
        var in = new SerdeText(text);
        var out = schema.read(in);
        in.end();
        return out;
    }

    /// A value of the wrong type, which is read as far as serde_json reads it.
    private static SerdeException invalidType(SerdeText in, String expected) throws SerdeException {
        var found = switch (in.peek()) {
            case SerdeText.END -> throw in.complaintAhead("EOF while parsing a value");
            case '{' -> "map";
            case '[' -> "sequence";
            default -> found(in.value(0));
        };
        return in.complaint("invalid type: " + found + ", expected " + expected);
    }

    private static String found(Json value) {
        return switch (value) {
            case Json.Str(var text) -> "string \"" + text + "\"";
            case Json.Int(var number) -> "integer `" + number + "`";
            case Json.Dec(var number) -> "floating point `" + number + "`";
            case Json.Bool(var flag) -> "boolean `" + flag + "`";
            case Json.Null() -> "null";
            case Json.Obj _ -> "map";
            case Json.Arr _ -> "sequence";
        };
    }

    private static String oneOf(List<String> names) {
        return switch (names.size()) {
            case 0 -> "there are no fields";
            case 1 -> "expected `" + names.getFirst() + "`";
            case 2 -> "expected `" + names.getFirst() + "` or `" + names.getLast() + "`";
            default ->
                names.stream().map(name -> "`" + name + "`").collect(Collectors.joining(", ", "expected one of ", ""));
        };
    }

    /// A string.
    ///
    /// @param expected how serde names the type: `a string`, or `path string` for a `PathBuf`
    record Text(String expected) implements Schema {
        @Override
        public Json read(SerdeText in) throws SerdeException {
            if (in.peek() != '"') {
                throw invalidType(in, expected);
            }
            return Json.of(in.string());
        }
    }

    /// A string with a form of its own, whose complaint has no place of its own.
    record Formed(Predicate<String> form, String complaint) implements Schema {
        @Override
        public Json read(SerdeText in) throws SerdeException {
            var text = new Text("a string").read(in);
            if (text instanceof Json.Str(var value) && !form.test(value)) {
                throw SerdeException.of(complaint);
            }
            return text;
        }
    }

    record Flag() implements Schema {
        @Override
        public Json read(SerdeText in) throws SerdeException {
            int next = in.peek();
            if (next != 't' && next != 'f') {
                throw invalidType(in, "a boolean");
            }
            return in.value(0);
        }
    }

    /// An unsigned integer of `bits` bits. What does not fit a `long` keeps its text.
    record Unsigned(String name, int bits) implements Schema {
        @Override
        public Json read(SerdeText in) throws SerdeException {
            int next = in.peek();
            if (next != '-' && (next < '0' || next > '9')) {
                throw invalidType(in, name);
            }
            var value = in.value(0);
            var number = value instanceof Json.Int(var n)
                    ? Long.toString(n)
                    : found(value).replaceAll("[^0-9.eE+-]", "");
            if (!number.matches("-?[0-9]+")) {
                throw in.complaint("invalid type: " + found(value) + ", expected " + name);
            }
            var exact = new BigInteger(number);
            if (exact.signum() < 0 || exact.bitLength() > bits) {
                throw in.complaint("invalid value: integer `" + number + "`, expected " + name);
            }
            return value;
        }
    }

    /// One of a list of words.
    record Choice(List<String> words, boolean anyCase) implements Schema {
        @Override
        public Json read(SerdeText in) throws SerdeException {
            if (in.peek() != '"') {
                throw in.complaintAhead(in.peek() == SerdeText.END ? "EOF while parsing a value" : "expected value");
            }
            var word = in.string();
            return words.stream()
                    .filter(known -> anyCase ? known.equalsIgnoreCase(word) : known.equals(word))
                    .findFirst()
                    .map(Json::of)
                    .orElseThrow(() -> in.complaint("unknown variant `" + word + "`, " + oneOf(words)));
        }
    }

    record Nullable(Schema inner) implements Schema {
        @Override
        public Json read(SerdeText in) throws SerdeException {
            return in.isNull() ? new Json.Null() : inner.read(in);
        }
    }

    record Many(Schema inner) implements Schema {
        @Override
        public Json read(SerdeText in) throws SerdeException {
            if (in.peek() != '[') {
                throw invalidType(in, "a sequence");
            }
            in.skip();
            var items = new ArrayList<Json>();
            for (boolean first = true; in.element(first); first = false) {
                items.add(inner.read(in));
            }
            in.skip();
            return Json.array(items);
        }
    }

    /// A member of a struct, in the order of declaration.
    ///
    /// @param absent what an absent member is written as; none if it is not written
    record Member(String name, Schema schema, boolean required, List<Json> absent) {
        static Member required(String name, Schema schema) {
            return new Member(name, schema, true, List.of());
        }

        static Member optional(String name, Schema schema, Json absent) {
            return new Member(name, new Nullable(schema), false, List.of(absent));
        }

        /// May be absent but not null.
        static Member defaulted(String name, Schema schema, Json absent) {
            return new Member(name, schema, false, List.of(absent));
        }

        static Member unwritten(String name, Schema schema) {
            return new Member(name, new Nullable(schema), false, List.of());
        }
    }

    /// A struct with named members.
    ///
    /// @param strict whether unknown members are refused
    record Struct(String name, boolean strict, List<Member> members) implements Schema {
        @Override
        public Json.Obj read(SerdeText in) throws SerdeException {
            if (in.peek() != '{') {
                throw invalidType(in, "struct " + name);
            }
            in.skip();
            try {
                var out = written(given(in));
                in.skip();
                return out;
            } catch (SerdeException e) {
                if (!e.isPlaced() && in.peek() == '}') {
                    in.skip(); // serde_json ends the object, if it can, before it gives the complaint its place
                }
                throw in.placed(e);
            }
        }

        private LinkedHashMap<String, Json> given(SerdeText in) throws SerdeException {
            var given = new LinkedHashMap<String, Json>();
            for (boolean first = true; in.member(first); first = false) {
                var name = in.string();
                var member = member(name);
                if (given.containsKey(name)) {
                    throw SerdeException.of("duplicate field `" + name + "`");
                }
                in.colon();
                if (member.isPresent()) {
                    given.put(name, member.get().schema.read(in));
                } else {
                    in.value(0);
                }
            }
            return given;
        }

        private Optional<Member> member(String name) throws SerdeException {
            var found = members.stream().filter(m -> m.name.equals(name)).findFirst();
            if (found.isEmpty() && strict) {
                var names = members.stream().map(Member::name).toList();
                throw SerdeException.of("unknown field `" + name + "`, " + oneOf(names));
            }
            return found;
        }

        private Json.Obj written(LinkedHashMap<String, Json> given) throws SerdeException {
            var out = Json.object();
            for (var member : members) {
                var value = given.get(member.name);
                if (value == null && member.required) {
                    throw SerdeException.of("missing field `" + member.name + "`");
                }
                if (value == null || value instanceof Json.Null) {
                    member.absent.forEach(absent -> out.put(member.name, absent));
                } else {
                    out.put(member.name, value);
                }
            }
            return out.end();
        }
    }
}
