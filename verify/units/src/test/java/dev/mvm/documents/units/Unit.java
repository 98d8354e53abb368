package dev.mvm.documents.units;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A unit file of ours, as systemd.syntax(7) reads it: lines are continued by a backslash, an empty value forgets
/// what was there before.
final class Unit {
    private final String name;
    private final Map<String, List<String>> values = new LinkedHashMap<>();

    private Unit(String name) {
        this.name = name;
    }

    static Unit read(Path file) {
        try {
            return parse(file.getFileName().toString(), Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Unit parse(String name, String text) {
        var unit = new Unit(name);
        for (var line : text.replaceAll("\\\\\n\\s*", " ").split("\n", -1)) {
            if (line.isBlank() || line.startsWith("#") || line.startsWith("[")) {
                continue;
            }
            int equals = line.indexOf('=');
            if (equals < 1 || line.charAt(equals - 1) == ' ') {
                throw new IllegalArgumentException(name + ": not a line of a unit: " + line);
            }
            unit.set(line.substring(0, equals), line.substring(equals + 1));
        }
        return unit;
    }

    private void set(String key, String value) {
        var list = values.computeIfAbsent(key, _ -> new ArrayList<>());
        if (value.isEmpty()) {
            list.clear();
        }
        list.add(value);
    }

    String name() {
        return name;
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    /// Every value of a key, in order.
    List<String> all(String key) {
        return values.getOrDefault(key, List.of());
    }

    /// The only value of a key.
    String one(String key) {
        var all = all(key);
        if (all.size() != 1) {
            throw new AssertionError(name + ": " + key + "= is there " + all.size() + " times");
        }
        return all.getFirst();
    }

    /// The words of all values of a key, without the prefixes of a path.
    List<String> words(String key) {
        return all(key).stream()
                .flatMap(value -> Stream.of(value.split(" +", -1)))
                .filter(word -> !word.isEmpty())
                .map(word -> word.replaceFirst("^[-+]+(?=/)", ""))
                .toList();
    }
}
