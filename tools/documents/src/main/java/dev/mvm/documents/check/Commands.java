package dev.mvm.documents.check;

import dev.mvm.cli.command.Context;
import dev.mvm.cli.command.Root;
import dev.mvm.cli.terminal.Output;
import dev.mvm.documents.repository.Repository;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import picocli.CommandLine;

/// The command lines that exist: verbs of `./dev`, nouns, verbs and flags of `mvm`, flags of all other programs.
public final class Commands {
    private static final Pattern DEV_VERB = Pattern.compile("(?m)^#   \\./dev ([a-z-]+)");
    private static final Pattern FLAG = Pattern.compile("(?<![\\w-])(--[a-z][a-z-]*[a-z])(?![\\w-])");
    private static final Pattern PLACEHOLDER = Pattern.compile("[A-Z<\\[{.'\"\\d].*|.*/.*");

    private final Set<String> devVerbs;
    private final Set<String> flags = new TreeSet<>();
    private final CommandLine mvm = Root.whole(new Context(new Output(System.out, false), Path.of("/nonexistent")));

    /// Reads the verbs and flags of `repository`.
    public Commands(Repository repository) {
        this.devVerbs = repository.findings("dev", DEV_VERB);
        for (var sources : List.of(
                "{process,native,verify,tools}/**/*.{java,c,h}", "{packaging,tools/dev.d}/**", "{dev,mvm,pom.xml}")) {
            flags.addAll(repository.findings(sources, FLAG));
        }
        flagsOf(mvm);
    }

    private void flagsOf(CommandLine command) {
        flags.addAll(command.getCommandSpec().optionsMap().keySet());
        command.getSubcommands().values().forEach(this::flagsOf);
    }

    /// Returns the fault of a command line, or nothing if it is right or not a command of mvm.
    Optional<String> complaint(String line) {
        var words = List.of(line.split("\\s+#", 2)[0].strip().split("\\s+", -1));
        return switch (words.getFirst()) {
            case "./dev" -> devComplaint(words);
            case "mvm", "./mvm" -> mvmComplaint(words);
            default -> Optional.empty();
        };
    }

    private Optional<String> devComplaint(List<String> words) {
        boolean known =
                words.size() == 1 || PLACEHOLDER.matcher(words.get(1)).matches() || devVerbs.contains(words.get(1));
        return known ? Optional.empty() : Optional.of("./dev has no verb " + words.get(1));
    }

    private Optional<String> mvmComplaint(List<String> words) {
        var command = mvm;
        for (var word : words.subList(1, words.size())) {
            if (word.matches("--|-+>|<-+|=+") || word.equals("|") || word.equals("<") || word.equals(">")) {
                return Optional.empty();
            }
            if (word.startsWith("-")) {
                var flag = word.split("=", 2)[0].replaceAll("[,.;)\\]]+$", "");
                if (!command.getCommandSpec().optionsMap().containsKey(flag)) {
                    return Optional.of(command.getCommandSpec().qualifiedName(" ") + " has no flag " + flag);
                }
            } else if (!command.getSubcommands().isEmpty()
                    && !PLACEHOLDER.matcher(word).matches()) {
                var next = Optional.ofNullable(command.getSubcommands().get(word));
                if (next.isEmpty()) {
                    return Optional.of(command.getCommandSpec().qualifiedName(" ") + " has no " + word);
                }
                command = next.get();
            }
        }
        return Optional.empty();
    }

    /// Returns whether any program here knows this flag.
    boolean hasFlag(String flag) {
        return flags.contains(flag);
    }
}
