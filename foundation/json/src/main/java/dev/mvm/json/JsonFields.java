package dev.mvm.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// The members of an object, taken one at a time. The reader names each; [#end] refuses members that were not
/// read, so that an unknown member is an error and not a surprise.
public final class JsonFields {
    private final SequencedMap<String, Json> left;

    JsonFields(Json.Obj object) {
        this.left = new LinkedHashMap<>(object.members());
    }

    /// Makes a value from text; its complaint becomes a [JsonException].
    @FunctionalInterface
    public interface Reading<I, T> {
        T of(I input) throws JsonException;
    }

    public String string(String name) throws JsonException {
        return as(Json.Str.class, required(name), name, "a string").value();
    }

    /// A value made from a string member; an `IllegalArgumentException` of `reading` is reported with the member's
    /// name.
    public <T> T parsed(String name, Reading<String, T> reading) throws JsonException {
        return within(name, reading, string(name));
    }

    public long integer(String name, long least, long most) throws JsonException {
        if (required(name) instanceof Json.Int(var value) && value >= least && value <= most) {
            return value;
        }
        throw wrong(name, "an integer from " + least + " to " + most);
    }

    public int intBetween(String name, int least, int most) throws JsonException {
        return (int) integer(name, least, most);
    }

    /// An integer from 0 to 2^31-1.
    public int number(String name) throws JsonException {
        return intBetween(name, 0, Integer.MAX_VALUE);
    }

    public boolean bool(String name) throws JsonException {
        return as(Json.Bool.class, required(name), name, "true or false").value();
    }

    public Json.Obj object(String name) throws JsonException {
        return as(Json.Obj.class, required(name), name, "an object");
    }

    /// A value made from an object member, all of whose members `reading` has to take.
    public <T> T object(String name, Reading<JsonFields, T> reading) throws JsonException {
        return within(name, object -> object.read(reading), object(name));
    }

    /// The items of an array member.
    ///
    /// @param most how many there may be
    public List<Json> array(String name, int most) throws JsonException {
        if (required(name) instanceof Json.Arr(var items) && items.size() <= most) {
            return items;
        }
        throw wrong(name, "an array of at most " + most);
    }

    /// Values made from an array of objects.
    public <T> List<T> objects(String name, int most, Reading<JsonFields, T> reading) throws JsonException {
        return items(name, most, Json.Obj.class, "an object", object -> object.read(reading));
    }

    /// Reads a member like [#objects]; empty if it is absent.
    public <T> List<T> optionalObjects(String name, int most, Reading<JsonFields, T> reading) throws JsonException {
        return has(name) ? objects(name, most, reading) : List.of();
    }

    /// Values made from an array of strings.
    public <T> List<T> strings(String name, int most, Reading<String, T> reading) throws JsonException {
        return items(name, most, Json.Str.class, "a string", text -> reading.of(text.value()));
    }

    private <I, T> List<T> items(String name, int most, Class<I> kind, String want, Reading<I, T> reading)
            throws JsonException {
        var out = new ArrayList<T>();
        for (var item : array(name, most)) {
            var place = name + "[" + out.size() + "]";
            out.add(within(place, reading, as(kind, item, place, want)));
        }
        return List.copyOf(out);
    }

    /// Reads a member like the other [#object]; empty if it is absent.
    public <T> Optional<T> optionalObject(String name, Reading<JsonFields, T> reading) throws JsonException {
        return has(name) ? Optional.of(object(name, reading)) : Optional.empty();
    }

    /// Returns whether a member is there and not taken yet.
    public boolean has(String name) {
        return left.containsKey(name);
    }

    /// Takes a member that may be absent.
    public Optional<Json> optional(String name) {
        return Optional.ofNullable(left.remove(name));
    }

    /// Returns the members not taken yet, and takes them.
    public SequencedMap<String, Json> rest() {
        var out = new LinkedHashMap<>(left);
        left.clear();
        return out;
    }

    /// Says that everything has been read.
    ///
    /// @throws JsonException if a member is left over
    public void end() throws JsonException {
        if (!left.isEmpty()) {
            throw new JsonException("unknown field '" + shown(left.firstEntry().getKey()) + "'");
        }
    }

    private static <I, T> T within(String place, Reading<I, T> reading, I input) throws JsonException {
        try {
            return reading.of(input);
        } catch (IllegalArgumentException e) {
            throw new JsonException(place + ": " + JsonException.of(e).getMessage());
        } catch (JsonException e) {
            throw new JsonException(place + ": " + e.getMessage());
        }
    }

    private Json required(String name) throws JsonException {
        var value = left.remove(name);
        if (value == null) {
            throw new JsonException("field '" + name + "' is missing");
        }
        return value;
    }

    private static <J> J as(Class<J> kind, Json value, String place, String want) throws JsonException {
        if (kind.isInstance(value)) {
            return kind.cast(value);
        }
        throw wrong(place, want);
    }

    private static JsonException wrong(String name, String want) {
        return new JsonException("field '" + name + "' is not " + want);
    }

    private static String shown(String name) {
        var cut = name.length() > 40 ? name.substring(0, 40) + "..." : name;
        return cut.replaceAll("[^ -~]", "?");
    }
}
