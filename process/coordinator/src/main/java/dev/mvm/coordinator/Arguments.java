package dev.mvm.coordinator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The options of a command: `--name value`, in any order.
final class Arguments {
    private final Map<String, List<String>> values;

    private Arguments(Map<String, List<String>> values) {
        this.values = values;
    }

    /// Reads options.
    ///
    /// @param known all valid names, with their dashes
    static Arguments parse(List<String> words, Set<String> known) throws SettingsException {
        var values = new LinkedHashMap<String, List<String>>();
        for (int i = 0; i < words.size(); i += 2) {
            var name = words.get(i);
            if (!known.contains(name)) {
                throw new SettingsException("unknown option " + shown(name));
            }
            if (i + 1 == words.size()) {
                throw new SettingsException(name + " needs a value");
            }
            values.computeIfAbsent(name, _ -> new ArrayList<>()).add(words.get(i + 1));
        }
        return new Arguments(values);
    }

    private static String shown(String word) {
        return "'" + (word.length() > 40 ? word.substring(0, 40) + "..." : word).replaceAll("[^ -~]", "?") + "'";
    }

    List<String> all(String name) {
        return values.getOrDefault(name, List.of());
    }

    Optional<String> optional(String name) throws SettingsException {
        if (all(name).size() > 1) {
            throw new SettingsException(name + " is given twice");
        }
        return all(name).stream().findFirst();
    }

    String required(String name) throws SettingsException {
        return optional(name).orElseThrow(() -> new SettingsException(name + " is missing"));
    }
}
