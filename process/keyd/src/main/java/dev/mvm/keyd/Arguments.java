package dev.mvm.keyd;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Options of a verb: names with two hyphens, each with a value, each at most once.
final class Arguments {
    private final Map<String, String> values;

    private Arguments(Map<String, String> values) {
        this.values = values;
    }

    /// @param known the names that the verb has
    /// @throws UsageException for anything else
    static Arguments parse(List<String> words, Set<String> known) throws UsageException {
        var values = new HashMap<String, String>();
        for (int i = 0; i < words.size(); i += 2) {
            var name = words.get(i);
            if (!known.contains(name)) {
                throw new UsageException("unknown option '" + name + "'");
            }
            if (i + 1 == words.size() || values.putIfAbsent(name, words.get(i + 1)) != null) {
                throw new UsageException("option " + name + " has one value");
            }
        }
        return new Arguments(values);
    }

    String required(String name) throws UsageException {
        var value = values.get(name);
        if (value == null) {
            throw new UsageException("option " + name + " is missing");
        }
        return value;
    }

    Path file(String name) throws UsageException {
        return Path.of(required(name));
    }

    /// The command line is wrong. The message is one line.
    static final class UsageException extends Exception {
        @java.io.Serial
        private static final long serialVersionUID = 1L;

        UsageException(String message) {
            super(message);
        }
    }
}
