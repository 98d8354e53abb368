package dev.mvm.documents;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The results of `./dev check`, a line a test: `passed`, `failed`, `skipped` or `deferred`, a tab and the test's name.
///
/// A deferred test is one that only `./dev check --long` runs; that check defers none.
final class Results {
    private static final Set<String> SUPPORT = Set.of("passed", "deferred");

    private record Result(String word, String name) {}

    private final List<Result> all = new ArrayList<>();

    Results(List<String> lines) {
        for (var line : lines) {
            var fields = line.split("\t", -1);
            all.add(new Result(fields[0], fields.length > 1 ? fields[1] : ""));
        }
    }

    /// Returns the number of deferred tests.
    long deferred() {
        return all.stream().filter(result -> result.word().equals("deferred")).count();
    }

    /// Why `test`, as a claim's row names it, does not support that claim. Of a suite a part may have been skipped.
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

    /// In reports a Java test is `package.ClassTest.method`, with its parameters if it has any; a step of a scenario
    /// and a suite of C tests begin the names of what they checked.
    private static boolean is(String name, String test) {
        int mark = test.indexOf('#');
        if (mark < 0) {
            return name.startsWith(test + ":");
        }
        var dotted = "." + test.substring(0, mark) + "." + test.substring(mark + 1);
        int at = name.indexOf(dotted);
        int end = at + dotted.length();
        return at > 0 && (end == name.length() || !Character.isJavaIdentifierPart(name.charAt(end)));
    }
}
