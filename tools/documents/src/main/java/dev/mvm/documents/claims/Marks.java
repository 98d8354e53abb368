package dev.mvm.documents.claims;

import dev.mvm.documents.repository.Repository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Every test that is marked as a claim's.
///
/// - A test in Java bears `@Tag("claim-T3")` on its method.
/// - A scenario's step and a suite of the node machine have a line `# claim: T3 T4` each.
/// - A suite of a C program has such a line above it in its `run.sh`. `# claim: L2, as root` is about those of its
/// results
///   that it has as root.
final class Marks {
    private static final Pattern TAG = Pattern.compile("@Tag\\(\"claim-([^\"]*)\"\\)");
    private static final Pattern METHOD = Pattern.compile("\\bvoid (\\w+)\\(");
    private static final Pattern LINE = Pattern.compile("(?m)^ *# claim: ([^,\\n]+)(?:, ([^\\n]+))?$");
    private static final Pattern SUITE =
            Pattern.compile("\\n(?: *# shellcheck [^\\n]*\\n)? *(?:suite|as_each) \"([^\"]+)\"");

    private final Repository repository;
    private final List<Mark> marks = new ArrayList<>();
    private final List<String> complaints = new ArrayList<>();

    Marks(Repository repository) {
        this.repository = repository;
        repository.files("**/src/test/java/**/*Test.java").forEach(this::inJava);
        repository.files("verify/scenarios/*/[0-9]*.sh").forEach(path -> {
            var step = path.getName(2) + "/" + path.getFileName().toString().replace(".sh", "");
            inScript(path, Proof.FLEET, step, "scenarios: " + step + ":");
        });
        repository
                .files("verify/machine/suites/[0-9]*")
                .forEach(path ->
                        inScript(path, Proof.NODE, path.getFileName().toString(), "node-" + path.getFileName() + ":"));
        repository.files("native/*/test/run.sh").forEach(this::inPrograms);
    }

    /// Returns the marks in the order of the files.
    List<Mark> marks() {
        return List.copyOf(marks);
    }

    /// Returns marks that are on no test, one line each.
    List<String> complaints() {
        return List.copyOf(complaints);
    }

    private void inJava(Path path) {
        var text = repository.text(path);
        var proof = path.startsWith("verify/architecture") ? Proof.STRUCTURE : Proof.UNIT;
        var file = path.toString();
        var name = file.substring(file.indexOf("src/test/java/") + "src/test/java/".length(), file.length() - 5)
                .replace('/', '.');
        var simple = name.substring(name.lastIndexOf('.') + 1);
        var tag = TAG.matcher(text);
        while (tag.find()) {
            var place = place(path, text, tag);
            var method = METHOD.matcher(text);
            if (method.find(tag.end())) {
                var test = method.group(1);
                marks.add(new Mark(tag.group(1), proof, simple, test, name + "." + test, place));
            } else {
                complaints.add(place + ": the mark of claim " + tag.group(1) + " is on no test");
            }
        }
    }

    private void inScript(Path path, Proof proof, String step, String result) {
        var text = repository.text(path);
        var line = LINE.matcher(text);
        while (line.find()) {
            for (var id : line.group(1).strip().split(" +", -1)) {
                marks.add(new Mark(id, proof, step, "", result, place(path, text, line)));
            }
        }
    }

    private void inPrograms(Path path) {
        var text = repository.text(path);
        var program = path.getName(1).toString();
        var line = LINE.matcher(text);
        while (line.find()) {
            var place = place(path, text, line);
            var suite = SUITE.matcher(text.substring(line.end()));
            if (!suite.find() || suite.start() != 0) {
                complaints.add(place + ": the mark of claim " + line.group(1) + " is above no suite");
                continue;
            }
            var name = line.group(2) == null ? suite.group(1) : suite.group(1) + " " + line.group(2);
            var result = "native-" + program + ": " + name + ":";
            for (var id : line.group(1).strip().split(" +", -1)) {
                marks.add(new Mark(id, Proof.PROGRAM, "native/" + program, name, result, place));
            }
        }
    }

    private static String place(Path path, String text, Matcher at) {
        long line = text.substring(0, at.start()).chars().filter(c -> c == '\n').count() + 1;
        return path + ":" + line;
    }
}
