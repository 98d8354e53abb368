package dev.mvm.documents.check;

import dev.mvm.documents.repository.Mention;
import dev.mvm.documents.repository.Repository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Finds commands of the runbook about trust that no test runs. A suite runs every block that begins with three
/// backticks and `sh`, so
/// commands stand in such blocks alone. A command that is only named within a sentence has to be in a block, or in
/// another scenario or
/// suite, with whatever arguments.
public final class RunbookCheck implements Check {
    private static final Path RUNBOOK = Path.of("docs/operations/trust-runbook.md");
    private static final Path RUNNER = Path.of("verify/scenarios/runbook.sh");
    private static final String TESTS = "verify/{scenarios,machine/suites}/**";
    private static final Pattern FENCE = Pattern.compile("\\s*```(.*)");
    private static final Pattern COMMAND =
            Pattern.compile("(?<![\\w./-])(mvm(?:-coordinator|-node)?(?: [a-z][a-z-]*)+)");

    private final Repository repository;

    /// Reads the files of `repository`.
    public RunbookCheck(Repository repository) {
        this.repository = repository;
    }

    @Override
    public List<String> complaints() {
        var out = new ArrayList<String>();
        if (!repository.has(RUNNER.toString()) || !repository.text(RUNNER).contains(RUNBOOK.toString())) {
            out.add(RUNNER + " does not run " + RUNBOOK);
        }
        var run = new TreeSet<String>();
        blocks(run, out);
        repository
                .files(TESTS)
                .filter(file -> !file.toString().endsWith(".md"))
                .forEach(file -> add(run, repository.text(file)));
        for (var mention : Mention.of(repository.text(RUNBOOK))) {
            if (mention.kind() == Mention.Kind.SPAN) {
                named(mention, run, out);
            }
        }
        return out;
    }

    /// Adds what the blocks run, and complains of code that is in no block of this kind.
    private void blocks(Set<String> run, List<String> out) {
        boolean fenced = false;
        boolean shell = false;
        int number = 0;
        for (var line : repository.text(RUNBOOK).split("\n", -1)) {
            number++;
            var fence = FENCE.matcher(line);
            if (fence.matches()) {
                fenced = !fenced;
                shell = fenced && line.equals("```sh");
            } else if (shell) {
                add(run, line);
            } else if (fenced || line.startsWith("    ")) {
                out.add(RUNBOOK + ":" + number + ": no test runs this: commands stand between ```sh and ```");
            }
        }
    }

    private static void add(Set<String> run, String text) {
        COMMAND.matcher(text).results().forEach(command -> run.add(command.group(1)));
    }

    /// A command in a sentence may have fewer words than the one that is run, for its arguments are words, too.
    private static void named(Mention mention, Set<String> run, List<String> out) {
        var command = COMMAND.matcher(mention.text());
        if (command.lookingAt() && run.stream().noneMatch(each -> (each + " ").startsWith(command.group(1) + " "))) {
            out.add(RUNBOOK + ":" + mention.line() + ": no test runs " + command.group(1));
        }
    }
}
