package dev.mvm.documents.check;

import dev.mvm.documents.repository.Repository;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Compares the bounds on units' exposure in `docs/security/hardening.md` with those that the suites `15-install`
/// and `16-keyd` hold.
public final class ExposureCheck implements Check {
    private static final Path DOCUMENT = Path.of("docs/security/hardening.md");
    private static final List<Path> SUITES =
            List.of(Path.of("verify/machine/suites/15-install"), Path.of("verify/machine/suites/16-keyd"));
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([\\w@-]+)\\.service` \\| (\\d\\.\\d) \\|");
    private static final Pattern BOUND = Pattern.compile("bounded ([\\w-]+@?)\\w*\\.service (\\d\\.\\d)");

    private final Repository repository;

    /// Compares the files of `repository`.
    public ExposureCheck(Repository repository) {
        this.repository = repository;
    }

    @Override
    public List<String> complaints() {
        var told = bounds(DOCUMENT, ROW);
        var held = new TreeMap<String, String>();
        SUITES.stream()
                .filter(suite -> repository.has(suite.toString()))
                .forEach(suite -> held.putAll(bounds(suite, BOUND)));
        return told.equals(held) && !held.isEmpty()
                ? List.of()
                : List.of(DOCUMENT + " has the bounds " + told + ", and the suites have " + held);
    }

    private Map<String, String> bounds(Path file, Pattern pattern) {
        var out = new TreeMap<String, String>();
        pattern.matcher(repository.text(file)).results().forEach(bound -> out.put(bound.group(1), bound.group(2)));
        return out;
    }
}
