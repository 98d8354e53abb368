package dev.mvm.protocol.trust.authoring;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.json.Json;
import java.util.ArrayList;
import java.util.List;

/// JSON for people: a member or an item a line, two spaces deeper at each level.
public final class Indented {
    private Indented() {}

    /// `value` as text, without a line break at its end.
    public static String text(Json value) {
        return text(value, "\n");
    }

    private static String text(Json value, String line) {
        var deeper = line + "  ";
        return switch (value) {
            case Json.Obj(var members) -> {
                var items = new ArrayList<String>();
                members.forEach((name, member) -> items.add(compact(Json.of(name)) + " : " + text(member, deeper)));
                yield block("{", items, line, "}");
            }
            case Json.Arr(var members) ->
                block("[", members.stream().map(item -> text(item, deeper)).toList(), line, "]");
            default -> compact(value);
        };
    }

    private static String block(String open, List<String> items, String line, String close) {
        var deeper = line + "  ";
        return items.isEmpty() ? open + " " + close : open + deeper + String.join("," + deeper, items) + line + close;
    }

    private static String compact(Json value) {
        return new String(value.bytes(), UTF_8);
    }
}
