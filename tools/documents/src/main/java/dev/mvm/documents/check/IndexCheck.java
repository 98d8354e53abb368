package dev.mvm.documents.check;

import dev.mvm.documents.repository.Mention;
import dev.mvm.documents.repository.Repository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Finds documents that no list of documents has, and steps of a suite that its README does not tell of, or the other
/// way round.
public final class IndexCheck implements Check {
    private static final Path LIST = Path.of("docs/README.md");
    private static final Pattern STEP_ROW = Pattern.compile("(?m)^\\| (\\d\\d) \\|");

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
            if (name.equals("README.md")) {
                steps(document, out);
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

    private void steps(Path readme, List<String> out) {
        var told = new TreeSet<String>();
        STEP_ROW.matcher(repository.text(readme)).results().forEach(row -> told.add(row.group(1)));
        var there = new TreeSet<String>();
        repository
                .files(readme.resolveSibling("[0-9][0-9]-*.sh").toString())
                .forEach(step -> there.add(step.getFileName().toString().substring(0, 2)));
        boolean suite = !told.isEmpty() || (readme.startsWith("verify/scenarios") && !there.isEmpty());
        if (suite && !told.equals(there)) {
            out.add(readme + " tells of the steps " + told + ", and there are " + there);
        }
    }
}
