package dev.mvm.documents.check;

import dev.mvm.documents.repository.Repository;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// Finds counts, typed by hand, of things that the code lists: such a number stays when the list grows.
/// Decisions are exempt, since they tell what was so on their day; so are parts of documents that are
/// generated.
public final class CountCheck implements Check {
    private static final Pattern COUNT = Pattern.compile(
            "\\b(?:(three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]+teen|twenty|thirty|forty)"
                    + " (operations|messages|modules|packages|daemons|suites|scenarios|claims|capabilities|quotas|limits"
                    + "|flags|verbs|benches|metrics|documents|decisions|words)"
                    + "|\\d+ (operations|modules|suites|claims|decisions|exchanges|tests))\\b",
            Pattern.CASE_INSENSITIVE);

    private final Repository repository;

    /// Looks at the documents of `repository`.
    public CountCheck(Repository repository) {
        this.repository = repository;
    }

    @Override
    public List<String> complaints() {
        var out = new ArrayList<String>();
        for (var document : repository.documents()) {
            if (document.startsWith("docs/adr")) {
                continue;
            }
            for (var line : Prose.of(repository.text(document))) {
                var count = COUNT.matcher(line.text());
                if (count.find()) {
                    out.add(document + ":" + line.number() + ": a count that nothing keeps true: " + count.group());
                }
            }
        }
        return out;
    }
}
