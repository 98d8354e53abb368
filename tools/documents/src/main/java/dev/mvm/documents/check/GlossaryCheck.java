package dev.mvm.documents.check;

import dev.mvm.documents.repository.Repository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// Finds words of the glossary that have a second entry. An entry is a row of a table; its first cell holds one word or
/// several, divided by commas.
public final class GlossaryCheck implements Check {
    private static final Path GLOSSARY = Path.of("docs/glossary.md");

    private final Repository repository;

    /// Looks at the glossary of `repository`.
    public GlossaryCheck(Repository repository) {
        this.repository = repository;
    }

    @Override
    public List<String> complaints() {
        var out = new ArrayList<String>();
        var first = new TreeMap<String, Integer>();
        int number = 0;
        for (var line : repository.text(GLOSSARY).split("\n", -1)) {
            number++;
            var cells = line.split("\\|", -1);
            if (cells.length < 3
                    || cells[1].isBlank()
                    || cells[1].strip().equals("word")
                    || cells[1].startsWith("--")) {
                continue;
            }
            for (var word : cells[1].strip().split(", *", -1)) {
                var before = first.putIfAbsent(word, number);
                if (before != null) {
                    out.add(GLOSSARY + ":" + number + ": " + word + " has an entry in line " + before + " already");
                }
            }
        }
        if (first.isEmpty()) {
            out.add(GLOSSARY + " has no entries");
        }
        return out;
    }
}
