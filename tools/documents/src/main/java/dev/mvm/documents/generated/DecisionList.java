package dev.mvm.documents.generated;

import dev.mvm.documents.repository.Repository;
import java.util.regex.Pattern;

/// The list in `docs/adr/README.md`: number and title of each decision.
public final class DecisionList {
    private static final Pattern TITLE = Pattern.compile("# \\d+\\. (.*)\n");

    private final Repository repository;

    /// Reads the decisions of `repository`.
    public DecisionList(Repository repository) {
        this.repository = repository;
    }

    /// Returns one line for each decision.
    ///
    /// @throws IllegalArgumentException if a file does not begin with a numbered title
    public String text() {
        var out = new StringBuilder();
        repository.files("docs/adr/[0-9]*.md").forEach(path -> {
            var name = path.getFileName().toString();
            var title = TITLE.matcher(repository.text(path));
            if (!title.lookingAt()) {
                throw new IllegalArgumentException(path + " does not begin with a numbered title");
            }
            out.append("- [")
                    .append(name, 0, 4)
                    .append(' ')
                    .append(title.group(1))
                    .append("](")
                    .append(name);
            out.append(")\n");
        });
        return out.toString();
    }
}
