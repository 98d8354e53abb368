package dev.mvm.documents;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Every claim has a test that passed, and every test that is marked as a claim's is in that claim's row.
///
/// A test in Java is marked by `@Tag("claim-T3")` on the method; a scenario's step and a suite of the node machine by
/// a line `# claim: T3`. The C programs' tests stand in the rows by the name of their suite.
final class ClaimCheck {
    private static final Path SECURITY = Path.of("SECURITY.md");
    private static final Pattern TAG = Pattern.compile("@Tag\\(\"claim-([A-Z]\\d+)\"\\)");
    private static final Pattern METHOD = Pattern.compile("\\bvoid (\\w+)\\(");
    private static final Pattern STEP = Pattern.compile("(?m)^# claim: (.+)$");

    private final Repository repository;
    private final Results results;

    ClaimCheck(Repository repository, Results results) {
        this.repository = repository;
        this.results = results;
    }

    /// What is wrong, a line each.
    List<String> complaints() {
        var out = new ArrayList<String>();
        var claims = Claim.of(repository.text(SECURITY));
        if (claims.isEmpty()) {
            out.add(SECURITY + " has no claims");
        }
        var marked = marked();
        var ids = new HashSet<String>();
        var named = new TreeMap<String, Set<String>>();
        for (var claim : claims) {
            if (!ids.add(claim.id())) {
                out.add(place(claim) + "claim " + claim.id() + " is there twice");
            }
            if (claim.tests().isEmpty()) {
                out.add(place(claim) + "claim " + claim.id() + " names no test");
            }
            for (var test : claim.tests()) {
                named.computeIfAbsent(test, _ -> new TreeSet<>()).add(claim.id());
                results.complaint(test).ifPresent(text -> out.add(place(claim) + "claim " + claim.id() + ": " + text));
                boolean bears = test.startsWith("native-")
                        || marked.getOrDefault(test, Set.of()).contains(claim.id());
                if (!bears) {
                    out.add(place(claim) + "claim " + claim.id() + ": " + test + " does not bear its mark");
                }
            }
        }
        marked.forEach((test, marks) -> {
            for (var id : marks) {
                if (!named.getOrDefault(test, Set.of()).contains(id)) {
                    out.add(test + " is marked as a test of claim " + id + ", whose row does not name it");
                }
            }
        });
        return out;
    }

    private static String place(Claim claim) {
        return SECURITY + ":" + claim.line() + ": ";
    }

    private Map<String, Set<String>> marked() {
        var out = new TreeMap<String, Set<String>>();
        repository.files("**/src/test/java/**/*Test.java").forEach(path -> {
            var name = path.getFileName().toString().replace(".java", "");
            var text = repository.text(path);
            var tag = TAG.matcher(text);
            while (tag.find()) {
                var method = METHOD.matcher(text);
                if (method.find(tag.end())) {
                    out.computeIfAbsent(name + "#" + method.group(1), _ -> new TreeSet<>())
                            .add(tag.group(1));
                }
            }
        });
        repository.files("verify/scenarios/*/[0-9]*.sh").forEach(path -> {
            var step = path.getName(2) + "/" + path.getFileName().toString().replace(".sh", "");
            steps(out, "scenarios: " + step, path);
        });
        repository
                .files("verify/machine/suites/[0-9]*")
                .forEach(path -> steps(out, "node-" + path.getFileName(), path));
        return out;
    }

    private void steps(Map<String, Set<String>> out, String test, Path path) {
        var line = STEP.matcher(repository.text(path));
        while (line.find()) {
            for (var id : line.group(1).strip().split(" +", -1)) {
                out.computeIfAbsent(test, _ -> new TreeSet<>()).add(id);
            }
        }
    }
}
