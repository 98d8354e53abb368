package dev.mvm.documents.claims;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The report of `./dev check`, one line a test: `passed`, `failed`, `skipped` or `deferred`, a tab and the test's
/// name. Only `./dev check --long` runs a deferred test; that check defers none.
public final class Results {
    private static final Set<String> SUPPORT = Set.of("passed", "deferred");

    private record Result(String word, String name) {}

    private final List<Result> all = new ArrayList<>();

    /// Reads the lines of a report.
    public Results(List<String> lines) {
        for (var line : lines) {
            var fields = line.split("\t", -1);
            all.add(new Result(fields[0], fields.length > 1 ? fields[1] : ""));
        }
    }

    /// Returns the number of deferred tests.
    public long deferred() {
        return all.stream().filter(result -> result.word().equals("deferred")).count();
    }

    /// Returns why the results whose names begin with `test` do not support its claim, or nothing if they do: one has
    /// passed or is deferred, and none has failed. Others may have been skipped.
    Optional<String> complaint(String test) {
        var found = all.stream().filter(result -> is(result.name(), test)).toList();
        if (found.isEmpty()) {
            return Optional.of("no test was run that is " + test);
        }
        var failed =
                found.stream().filter(result -> result.word().equals("failed")).findFirst();
        if (failed.isPresent()) {
            return Optional.of(failed.get().name() + " failed");
        }
        boolean counts = found.stream().anyMatch(result -> SUPPORT.contains(result.word()));
        return counts ? Optional.empty() : Optional.of(test + " was skipped");
    }

    /// In reports a Java test is `package.ClassTest.method`, with its parameters if it has any. The names of what a
    /// scenario's step or a suite of C tests checked begin with its own name and a colon.
    private static boolean is(String name, String test) {
        return name.startsWith(test)
                && (test.endsWith(":")
                        || name.length() == test.length()
                        || !Character.isJavaIdentifierPart(name.charAt(test.length())));
    }
}
