package dev.mvm.documents.check;

import dev.mvm.documents.repository.Mention;
import dev.mvm.documents.repository.Repository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// Finds paths, links, flags, verbs and make targets that documents name and that do not exist.
public final class DocumentCheck implements Check {
    private static final Pattern FOREIGN_LINK = Pattern.compile("(https?:|mailto:|#).*");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
    private static final Pattern PATH = Pattern.compile("[\\w.*-]+(/[\\w.*+-]+)+/?");
    private static final Pattern LINE_OF_A_FILE = Pattern.compile("(:\\d+)(-\\d+)?$");
    private static final Pattern MAKE = Pattern.compile("make -C (\\S+)((?: [a-z]+)*).*");
    private static final Pattern FLAG = Pattern.compile("(--[a-z][a-z-]*[a-z])([ =].*)?");

    private final Repository repository;
    private final Commands commands;

    /// Compares the documents of `repository`.
    public DocumentCheck(Repository repository, Commands commands) {
        this.repository = repository;
        this.commands = commands;
    }

    @Override
    public List<String> complaints() {
        var out = new ArrayList<String>();
        for (var document : repository.documents()) {
            for (var mention : Mention.of(repository.text(document))) {
                complaint(document, mention).ifPresent(text -> out.add(document + ":" + mention.line() + ": " + text));
            }
        }
        return out;
    }

    private Optional<String> complaint(Path document, Mention mention) {
        var text = mention.text();
        if (mention.kind() == Mention.Kind.LINK) {
            return link(document, text);
        }
        var make = MAKE.matcher(text);
        if (make.matches()) {
            return make(make.group(1), make.group(2));
        }
        var flag = FLAG.matcher(text);
        if (mention.kind() == Mention.Kind.SPAN && flag.matches()) {
            return commands.hasFlag(flag.group(1))
                    ? Optional.empty()
                    : Optional.of("nothing has a flag " + flag.group(1));
        }
        var command = commands.complaint(text);
        if (command.isPresent() || mention.kind() == Mention.Kind.BLOCK_LINE) {
            return command;
        }
        return path(text);
    }

    private Optional<String> link(Path document, String target) {
        if (FOREIGN_LINK.matcher(target).matches()) {
            return Optional.empty();
        }
        var parts = target.split("#", 2);
        var path = document.resolveSibling(parts[0]).normalize();
        if (!repository.has(path.toString())) {
            return Optional.of("a link to nothing: " + target);
        }
        boolean anchored = parts.length == 1
                || !path.toString().endsWith(".md")
                || headings(repository.text(path)).contains(parts[1]);
        return anchored ? Optional.empty() : Optional.of("a link to a heading that is not there: " + target);
    }

    /// Returns the names under which the headings of a document can be reached.
    private static List<String> headings(String markdown) {
        return HEADING.matcher(markdown)
                .results()
                .map(heading -> heading.group(1).toLowerCase(Locale.ROOT))
                .map(heading -> heading.replaceAll("[^\\w -]", "").replace(' ', '-'))
                .toList();
    }

    private Optional<String> make(String folder, String targets) {
        var makefile = folder + "/Makefile";
        if (!repository.has(makefile)) {
            return Optional.of("there is no " + makefile);
        }
        var text = repository.text(Path.of(makefile));
        for (var target : targets.strip().split(" ", -1)) {
            if (!target.isEmpty() && !text.contains("\n" + target + ":")) {
                return Optional.of(makefile + " has no target " + target);
            }
        }
        return Optional.empty();
    }

    /// Only what begins with a folder of the repository is taken for one of its paths.
    private Optional<String> path(String text) {
        var path = LINE_OF_A_FILE.matcher(text).replaceFirst("");
        if (!PATH.matcher(path).matches() || !repository.begins(path)) {
            return Optional.empty();
        }
        return repository.has(path) ? Optional.empty() : Optional.of("there is no " + path);
    }
}
