package dev.mvm.documents.claims;

import dev.mvm.documents.check.Check;
import dev.mvm.documents.repository.Repository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Finds ids in the documents about security that no claim has, and faults of the register itself.
public final class ClaimMentions implements Check {
    private static final Pattern ID = Pattern.compile("\\b[A-Z]\\d\\b");

    private final Repository repository;

    /// Compares the documents of `repository` with its register.
    public ClaimMentions(Repository repository) {
        this.repository = repository;
    }

    @Override
    public List<String> complaints() {
        var file = new ClaimFile(repository);
        var out = new ArrayList<>(file.complaints());
        var ids = new TreeSet<String>();
        file.claims().forEach(claim -> ids.add(claim.id()));
        for (var document : repository.documents()) {
            if (!document.startsWith("docs/security") && !document.equals(Path.of("SECURITY.md"))) {
                continue;
            }
            int number = 0;
            for (var line : repository.text(document).split("\n", -1)) {
                number++;
                var id = ID.matcher(line);
                while (id.find()) {
                    if (!ids.contains(id.group())) {
                        out.add(document + ":" + number + ": there is no claim " + id.group());
                    }
                }
            }
        }
        return out;
    }
}
