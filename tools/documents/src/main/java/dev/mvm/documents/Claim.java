package dev.mvm.documents;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// A row of SECURITY.md: what is claimed, and what attacks it.
///
/// @param id such as `T3`
/// @param tests as the row names them: `ClassTest#method`, `scenarios: SUITE/STEP`, `node-SUITE` or
///     `native-PART: SUITE`
/// @param line in the document
record Claim(String id, List<String> tests, int line) {
    private static final Pattern ROW = Pattern.compile("\\| ([A-Z]\\d+) \\|(.*)\\|");
    private static final Pattern TEST =
            Pattern.compile("`(\\w+Test#\\w+|scenarios: [\\w-]+/[\\w-]+|native-\\w+: [^`]+|node-\\d\\d-[\\w-]+)`");

    Claim {
        tests = List.copyOf(tests);
    }

    /// The claims of a document, in order.
    static List<Claim> of(String markdown) {
        var out = new ArrayList<Claim>();
        int number = 0;
        for (var line : markdown.split("\n", -1)) {
            number++;
            var row = ROW.matcher(line);
            if (row.matches()) {
                var tests = new ArrayList<String>();
                var test = TEST.matcher(row.group(2));
                while (test.find()) {
                    tests.add(test.group(1));
                }
                out.add(new Claim(row.group(1), tests, number));
            }
        }
        return out;
    }
}
