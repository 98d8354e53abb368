package dev.mvm.documents.repository;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// The text of every file that is not a document, as one whole and word by word.
public final class Sources {
    private static final Pattern WORD = Pattern.compile("\\w+");

    private final Set<String> words = new HashSet<>();
    private final Map<String, String> classes = new HashMap<>();
    private final StringBuilder all = new StringBuilder();

    /// Reads the sources of `repository`.
    public Sources(Repository repository) {
        repository.files("**").filter(path -> !path.toString().endsWith(".md")).forEach(path -> {
            var text = repository.text(path);
            WORD.matcher(text)
                    .results()
                    .forEach(found -> words.add(found.group().toLowerCase(Locale.ROOT)));
            var name = path.getFileName().toString();
            if (name.endsWith(".java")) {
                classes.merge(name.substring(0, name.length() - ".java".length()), text, (one, other) -> one + other);
            }
            all.append(text).append('\0');
        });
    }

    /// Returns whether some source has this word; upper and lower case are alike.
    public boolean haveWord(String word) {
        return words.contains(word.toLowerCase(Locale.ROOT));
    }

    /// Returns whether some source has this text.
    public boolean haveText(String text) {
        return all.indexOf(text) >= 0;
    }

    /// Returns the text of all classes of this simple name; nothing if there is no such class.
    public Optional<String> ofClass(String simpleName) {
        return Optional.ofNullable(classes.get(simpleName));
    }
}
