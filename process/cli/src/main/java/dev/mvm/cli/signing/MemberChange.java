package dev.mvm.cli.signing;

import dev.mvm.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// A document as JSON, some of whose members change.
final class MemberChange {
    private final String what;
    private final Set<String> lists;
    private Json.Obj document;

    /// @param what the document is, with its article, for people
    /// @param lists paths of lists of texts, which are set as a whole, joined by commas
    MemberChange(String what, Set<String> lists, Json document) {
        this.what = what;
        this.lists = Set.copyOf(lists);
        this.document = (Json.Obj) document;
    }

    Json.Obj document() {
        return document;
    }

    /// Adds or replaces a member of the document itself.
    void put(String name, Json value) {
        var changed = new LinkedHashMap<>(document.members());
        changed.put(name, value);
        document = new Json.Obj(changed);
    }

    void remove(String name) {
        var changed = new LinkedHashMap<>(document.members());
        changed.remove(name);
        document = new Json.Obj(changed);
    }

    /// Sets one member.
    ///
    /// @param path member names and list positions joined by dots; what has a name in a list goes by it
    /// @param value a number, a text, or texts joined by commas
    /// @throws IllegalArgumentException if there is no such member or the value does not fit
    void set(String path, String value) {
        document = (Json.Obj) with(document, List.of(path.split("\\.", -1)), value, path);
    }

    private Json with(Json value, List<String> path, String text, String whole) {
        if (path.isEmpty()) {
            return leaf(value, text, whole);
        }
        var name = path.getFirst();
        var rest = path.subList(1, path.size());
        switch (value) {
            case Json.Obj(var members)
            when members.containsKey(name) -> {
                var changed = new LinkedHashMap<>(members);
                changed.replaceAll((key, member) -> key.equals(name) ? with(member, rest, text, whole) : member);
                return new Json.Obj(changed);
            }
            case Json.Arr(var items) -> {
                var changed = new ArrayList<>(items);
                int at = position(items, name);
                if (at >= 0) {
                    changed.set(at, with(items.get(at), rest, text, whole));
                    return Json.array(changed);
                }
            }
            default -> {}
        }
        throw new IllegalArgumentException(what + " has no " + whole + ": unknown '" + name + "'");
    }

    private static int position(List<Json> items, String name) {
        for (int i = 0; i < items.size(); i++) {
            boolean named = items.get(i) instanceof Json.Obj(var members)
                    && (Json.of(name).equals(members.get("pool"))
                            || Json.of(name).equals(members.get("id")));
            if (named || name.equals(Integer.toString(i))) {
                return i;
            }
        }
        return -1;
    }

    private Json leaf(Json before, String text, String path) {
        if (lists.contains(path)) {
            return Json.array(
                    text.isEmpty()
                            ? List.of()
                            : Stream.of(text.split(",", -1)).map(Json::of).toList());
        }
        if (before instanceof Json.Int) {
            if (!text.matches("-?[0-9]{1,18}")) {
                throw new IllegalArgumentException(path + " is a number, not " + text);
            }
            return Json.of(Long.parseLong(text));
        }
        if (before instanceof Json.Str) {
            return Json.of(text);
        }
        throw new IllegalArgumentException(path + " is not a single value; edit the file itself");
    }
}
