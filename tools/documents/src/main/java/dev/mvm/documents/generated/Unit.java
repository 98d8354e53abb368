package dev.mvm.documents.generated;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A unit file, read as systemd.syntax(7) says: a backslash continues a line, an empty value forgets the values before
/// it.
final class Unit {
    private final Map<String, List<String>> values = new LinkedHashMap<>();

    /// Reads a unit.
    Unit(String text) {
        for (var line : text.replaceAll("\\\\\n\\s*", " ").split("\n", -1)) {
            int equals = line.indexOf('=');
            if (line.startsWith("#") || line.startsWith("[") || equals < 1) {
                continue;
            }
            var list = values.computeIfAbsent(line.substring(0, equals), _ -> new ArrayList<>());
            var value = line.substring(equals + 1);
            if (value.isEmpty()) {
                list.clear();
            } else {
                list.add(value);
            }
        }
    }

    /// Returns whether the unit has a line with this key.
    boolean has(String key) {
        return values.containsKey(key);
    }

    /// Returns whether the last value of a key is `value`.
    boolean says(String key, String value) {
        return values.getOrDefault(key, List.of("")).stream()
                .reduce("", (_, last) -> last)
                .equals(value);
    }

    /// Returns the words of all values of a key, in order, without the signs that may stand before a path.
    List<String> words(String key) {
        return values.getOrDefault(key, List.of()).stream()
                .flatMap(value -> Stream.of(value.split(" +", -1)))
                .map(word -> word.replaceFirst("^[-+]+(?=/)", ""))
                .toList();
    }

    /// Returns the values of a key, in order.
    List<String> lines(String key) {
        return List.copyOf(values.getOrDefault(key, List.of()));
    }
}
