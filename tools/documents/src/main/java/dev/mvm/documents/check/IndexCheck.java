package dev.mvm.documents.check;

import dev.mvm.documents.repository.Mention;
import dev.mvm.documents.repository.Repository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Finds documents that no list of documents has.
public final class IndexCheck implements Check {
    private static final Path LIST = Path.of("docs/README.md");

    private final Repository repository;

    /// Looks at the lists of `repository`.
    public IndexCheck(Repository repository) {
        this.repository = repository;
    }

    @Override
    public List<String> complaints() {
        var out = new ArrayList<String>();
        var listed = targets(LIST);
        for (var document : repository.documents()) {
            var name = document.getFileName().toString();
            boolean needed = document.startsWith("docs") && !name.equals("README.md");
            if (needed
                    && !listed.contains(document)
                    && !targets(document.resolveSibling("README.md")).contains(document)) {
                out.add(document + ": no list of documents has it");
            }
        }
        return out;
    }

    private Set<Path> targets(Path list) {
        var out = new TreeSet<Path>();
        if (repository.has(list.toString())) {
            Mention.of(repository.text(list)).stream()
                    .filter(mention -> mention.kind() == Mention.Kind.LINK)
                    .forEach(link -> out.add(
                            list.resolveSibling(link.text().split("#", 2)[0]).normalize()));
        }
        return out;
    }
}
