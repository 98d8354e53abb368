package dev.mvm.documents.check;

import dev.mvm.documents.repository.Repository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Compares the benches and goals of `tools/bench/README.md`, and the benches in the usage of `./dev`, with the
/// goals that `./dev bench` holds.
public final class BenchCheck implements Check {
    private static final Path GOALS = Path.of("tools/dev.d/70-bench.sh");
    private static final Path README = Path.of("tools/bench/README.md");
    private static final Path USAGE = Path.of("dev");
    private static final Pattern GOAL =
            Pattern.compile("(?m)^([a-z]+): ([a-z0-9._]+) ([0-9.]+|-) (lower|higher) \\S+$");
    private static final Pattern HEADING = Pattern.compile("(?m)^## \\./dev bench ([a-z]+)$");
    private static final Pattern NAMES = Pattern.compile("\\./dev bench NAME +measure: ([a-z, ]+);");

    private final Repository repository;

    /// Compares the files of `repository`.
    public BenchCheck(Repository repository) {
        this.repository = repository;
    }

    @Override
    public List<String> complaints() {
        var out = new ArrayList<String>();
        var readme = repository.text(README);
        var benches = new TreeSet<String>();
        GOAL.matcher(repository.text(GOALS)).results().forEach(goal -> {
            benches.add(goal.group(1));
            var text = (goal.group(4).equals("lower") ? "<= " : ">= ") + goal.group(3);
            boolean told = goal.group(3).equals("-")
                    || readme.lines().anyMatch(row -> row.contains("`" + goal.group(2) + "`") && row.contains(text));
            if (!told) {
                out.add(README + " does not have the goal " + text + " of " + goal.group(2));
            }
        });
        var headings = new TreeSet<String>();
        HEADING.matcher(readme).results().forEach(heading -> headings.add(heading.group(1)));
        compare(README, headings, benches, out);
        var usage = new TreeSet<String>();
        NAMES.matcher(repository.text(USAGE))
                .results()
                .forEach(names -> usage.addAll(List.of(names.group(1).split(", | or ", -1))));
        compare(USAGE, usage, benches, out);
        return out;
    }

    private static void compare(Path file, Set<String> told, Set<String> there, List<String> out) {
        if (!told.equals(there)) {
            out.add(file + " has the benches " + told + ", and there are " + there);
        }
    }
}
