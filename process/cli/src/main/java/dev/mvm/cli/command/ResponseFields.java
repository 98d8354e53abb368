package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.json.Json;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/// Members of the coordinator's responses. An absent member reads as empty, since an older coordinator may not have
/// it.
final class ResponseFields {
    private static final int MOST_SHOWN = 4;

    private ResponseFields() {}

    static String text(Json.Obj object, String name) {
        return switch (object.members().get(name)) {
            case Json.Str(var value) -> value;
            case Json.Int(var value) -> Long.toString(value);
            case Json.Bool(var value) -> Boolean.toString(value);
            case null, default -> "";
        };
    }

    static boolean flag(Json.Obj object, String name) {
        return object.members().get(name) instanceof Json.Bool(var value) && value;
    }

    static long number(Json.Obj object, String name) {
        return switch (object.members().get(name)) {
            case Json.Int(var value) -> value;
            case Json.Str(var value) when value.matches("-?[0-9]{1,18}") -> Long.parseLong(value);
            case null, default -> 0;
        };
    }

    static Json.Obj object(Json.Obj object, String name) {
        return object.members().get(name) instanceof Json.Obj inner
                ? inner
                : Json.object().end();
    }

    /// Formats numbers by name, the largest first and without zeros, as `name 3, other 1`. At most four are shown.
    static String numbers(Json.Obj object, String name) {
        var numbers = object(object, name);
        var keys = numbers.members().keySet().stream()
                .filter(key -> number(numbers, key) != 0)
                .sorted(Comparator.comparingLong((String key) -> -number(numbers, key))
                        .thenComparing(Comparator.naturalOrder()))
                .toList();
        var shown = keys.stream()
                .limit(MOST_SHOWN)
                .map(key -> key + " " + number(numbers, key))
                .collect(Collectors.joining(", "));
        int more = keys.size() - MOST_SHOWN;
        return more <= 0 ? shown : shown + " and " + more + " more (see mvm node info --json)";
    }

    static List<Json.Obj> objects(Json.Obj answer, String name) throws Failure {
        var out = new ArrayList<Json.Obj>();
        if (answer.members().get(name) instanceof Json.Arr(var items)) {
            for (var item : items) {
                if (!(item instanceof Json.Obj object)) {
                    throw new Failure("invalid list of " + name + " in the coordinator's response");
                }
                out.add(object);
            }
        }
        return out;
    }

    static List<String> texts(Json.Obj object, String name) {
        var out = new ArrayList<String>();
        if (object.members().get(name) instanceof Json.Arr(var items)) {
            for (var item : items) {
                if (item instanceof Json.Str(var value)) {
                    out.add(value);
                }
            }
        }
        return out;
    }

    /// Returns bytes, which JSON has in Base64.
    ///
    /// @throws Failure if they are not
    static byte[] encoded(Json.Obj object, String name) throws Failure {
        try {
            return Base64.getDecoder().decode(text(object, name));
        } catch (IllegalArgumentException e) {
            throw new Failure("invalid " + name + " in the coordinator's response");
        }
    }

    /// Returns a list of byte strings, which JSON has in Base64.
    ///
    /// @throws Failure if one of them is not
    static List<byte[]> bytes(Json.Obj object, String name) throws Failure {
        var out = new ArrayList<byte[]>();
        for (var text : texts(object, name)) {
            try {
                out.add(Base64.getDecoder().decode(text));
            } catch (IllegalArgumentException e) {
                throw new Failure("invalid " + name + " in the coordinator's response");
            }
        }
        return out;
    }
}
