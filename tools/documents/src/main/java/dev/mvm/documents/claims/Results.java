package dev.mvm.documents.claims;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The report of `./dev check`, one line a test: `passed`, `failed` or `skipped`, a tab and the test's name.
public final class Results {
    private record Result(String word, String name) {}

    private final List<Result> all = new ArrayList<>();

    /// Reads the lines of a report.
    public Results(List<String> lines) {
        for (var line : lines) {
            var fields = line.split("\t", -1);
            all.add(new Result(fields[0], fields.length > 1 ? fields[1] : ""));
        }
    }

    /// Returns why the results whose names begin with `test` do not support its claim, or nothing if they do: one has
    /// passed and none has failed. Others may have been skipped.
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
        boolean passed = found.stream().anyMatch(result -> result.word().equals("passed"));
        return passed ? Optional.empty() : Optional.of(test + " was skipped");
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
