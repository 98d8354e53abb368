package dev.mvm.documents.generated;

import dev.mvm.documents.repository.Repository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The table of `docs/modules.md`: each module, the first sentence of its page, and what its pom lets it use.
public final class ModuleTable {
    private static final Pattern PAGE = Pattern.compile("(?m)^///(?: ?(.*))$");
    private static final Pattern REFERENCE = Pattern.compile("(?<!])\\[([\\w.#]+)](?!\\()");
    private static final Pattern SENTENCE = Pattern.compile("(?s)(.*?\\.)(\\s.*|$)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#.*\n+");

    private final Repository repository;
    private final Map<String, Pom> poms = new LinkedHashMap<>();
    private final Map<String, String> folders = new TreeMap<>();

    /// Reads the poms of `repository`.
    public ModuleTable(Repository repository) {
        this.repository = repository;
        for (var folder : Pom.parse(repository.text(Path.of("pom.xml"))).modules()) {
            var pom = Pom.parse(repository.text(Path.of(folder, "pom.xml")));
            poms.put(folder, pom);
            folders.put(pom.artifact(), folder);
        }
    }

    /// Returns the table, one floor after the other.
    public String text() {
        var out = new StringBuilder("| folder | content | uses | jars of others |\n|---|---|---|---|\n");
        for (var floor : List.of("foundation", "protocol", "process", "native", "tools", "verify")) {
            var rows = new TreeMap<String, String>();
            poms.keySet().stream()
                    .filter(folder -> folder.startsWith(floor + "/"))
                    .forEach(folder -> rows.put(folder, row(folder)));
            if (floor.equals("native")) {
                repository
                        .files("native/*/README.md")
                        .map(Path::getParent)
                        .forEach(folder -> rows.put(
                                folder.toString(), "| `" + folder + "` | " + page(folder.toString()) + " | - | - |\n"));
            }
            rows.values().forEach(out::append);
        }
        return out.toString();
    }

    private String row(String folder) {
        var ours = new ArrayList<String>();
        var others = new ArrayList<String>();
        for (var dependency : Objects.requireNonNull(poms.get(folder)).dependencies()) {
            var target = folders.get(dependency);
            if (target != null) {
                ours.add("`" + target + "`");
            } else {
                others.add(dependency);
            }
        }
        return "| `" + folder + "` | " + page(folder) + " | " + list(ours) + " | " + list(others) + " |\n";
    }

    private static String list(List<String> names) {
        return names.isEmpty() ? "-" : String.join(", ", new LinkedHashSet<>(names));
    }

    /// Returns the first sentence of a README, else of the page of the module, else of its uppermost package.
    private String page(String folder) {
        var readme = Path.of(folder, "README.md");
        if (repository.has(readme.toString())) {
            return sentence(folder, HEADING.matcher(repository.text(readme)).replaceAll(""));
        }
        var pages = Stream.of("main", "test")
                .flatMap(kind -> Stream.of("module-info", "package-info")
                        .flatMap(page -> repository
                                .files(folder + "/src/" + kind + "/java/**" + page + ".java")
                                .sorted(Comparator.comparingInt(Path::getNameCount)
                                        .thenComparing(path -> path))))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(folder + " has neither a README nor a package page"));
        var lines = PAGE.matcher(repository.text(pages))
                .results()
                .map(line -> line.group(1))
                .toList();
        return sentence(folder, String.join("\n", lines));
    }

    private static String sentence(String folder, String text) {
        var first = SENTENCE.matcher(text.strip());
        if (!first.matches()) {
            throw new IllegalArgumentException("the page of " + folder + " has no sentence");
        }
        var line = first.group(1).replaceAll("\\s+", " ").replace("|", "\\|").replaceFirst("^This folder holds ", "");
        return REFERENCE.matcher(line).replaceAll("`$1`");
    }
}
