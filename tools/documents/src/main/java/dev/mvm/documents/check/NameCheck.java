package dev.mvm.documents.check;

import dev.mvm.documents.repository.Mention;
import dev.mvm.documents.repository.Repository;
import dev.mvm.documents.repository.Sources;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Finds names in documents that no source has: tests, suites, classes, calls, packages, reason codes, metrics,
/// units and installed paths. It looks at code between backticks, and at links to classes.
public final class NameCheck implements Check {
    private static final Pattern TEST = Pattern.compile("(\\w+Test)(?:#(\\w+))?");
    private static final Pattern SUITE = Pattern.compile("\\d\\d-[a-z-]+");
    private static final Pattern UNIT = Pattern.compile("(mvm[a-z-]*@?)[\\w-]*\\.(service|socket|slice)");
    private static final Pattern INSTALLED = Pattern.compile("/(etc|run|srv|usr|var)/\\S*mvm\\S*");
    private static final Pattern PACKAGE = Pattern.compile("dev\\.mvm(\\.\\w+)+");
    private static final Pattern IDENTIFIER = Pattern.compile("[A-Z]\\w*[a-z]\\w*|[a-z]+[A-Z]\\w*|[a-z]\\w*(_\\w+)+");
    private static final Pattern ARGUMENTS = Pattern.compile("\\{.*}$|\\(\\d?\\)$");
    private static final Pattern PLACEHOLDER = Pattern.compile(".*(_[A-Z]+(_|$)|<).*");
    /// The daemon that a reason comes from, which stands before its code.
    private static final Pattern ORIGIN = Pattern.compile("^(hostd|snapshot|failed|launch)_");
    private static final Pattern LINK_TO_A_CLASS = Pattern.compile("\\[([A-Z]\\w*)]\\((?:[^)\\s]*/)?(\\w+)\\.java\\)");

    /// Names of others, each with the document that they come from.
    private static final Set<String> FOREIGN = Set.of(
            "pkRm",
            "skRm",
            "skEm", // RFC 9180
            "StartTransientUnit", // systemd's bus interface
            "PBEWithHmacSHA1AndAES_256"); // the JDK

    private final Repository repository;
    private final Sources sources;

    /// Compares the documents of `repository` with `sources`.
    public NameCheck(Repository repository, Sources sources) {
        this.repository = repository;
        this.sources = sources;
    }

    @Override
    public List<String> complaints() {
        var out = new ArrayList<String>();
        for (var document : repository.documents()) {
            var text = repository.text(document);
            for (var mention : Mention.of(text)) {
                if (mention.kind() == Mention.Kind.SPAN) {
                    fault(mention.text()).ifPresent(fault -> out.add(document + ":" + mention.line() + ": " + fault));
                }
            }
            misnamedLinks(document, text, out);
        }
        return out;
    }

    private Optional<String> fault(String span) {
        var test = TEST.matcher(span);
        if (test.matches()) {
            return fault(test.group(1), Optional.ofNullable(test.group(2)));
        }
        if (SUITE.matcher(span).matches()) {
            return unless(isSuite(span), "there is no suite " + span);
        }
        var unit = UNIT.matcher(span);
        if (unit.matches()) {
            var file = unit.group(1) + "." + unit.group(2);
            return unless(repository.has("packaging/debian/*/units/" + file), "there is no unit " + file);
        }
        if (INSTALLED.matcher(span).matches() && !PLACEHOLDER.matcher(span).matches()) {
            return unless(sources.haveText(span.replaceFirst("/$", "")), "nothing here uses the path " + span);
        }
        if (PACKAGE.matcher(span).matches()) {
            return unless(sources.haveText(span), "there is no package or class " + span);
        }
        var name = ARGUMENTS.matcher(span).replaceFirst("");
        boolean ours =
                IDENTIFIER.matcher(name).matches() && !PLACEHOLDER.matcher(name).matches() && !FOREIGN.contains(name);
        var code = ORIGIN.matcher(name).replaceFirst("");
        return unless(!ours || sources.haveWord(name) || sources.haveWord(code), "no source has the name " + name);
    }

    private Optional<String> fault(String testClass, Optional<String> method) {
        var text = sources.ofClass(testClass);
        if (text.isEmpty()) {
            return Optional.of("there is no test " + testClass);
        }
        boolean there = method.isEmpty() || text.get().contains("void " + method.get() + "(");
        return unless(there, testClass + " has no test " + method.orElse(""));
    }

    private boolean isSuite(String name) {
        return repository.has("verify/machine/suites/" + name) || repository.has("verify/scenarios/*/" + name + ".sh");
    }

    private static void misnamedLinks(Path document, String text, List<String> out) {
        LINK_TO_A_CLASS
                .matcher(text)
                .results()
                .filter(link -> !link.group(1).equals(link.group(2)))
                .forEach(link ->
                        out.add(document + ": a link is called " + link.group(1) + " and leads to " + link.group(2)));
    }

    private static Optional<String> unless(boolean right, String fault) {
        return right ? Optional.empty() : Optional.of(fault);
    }
}
