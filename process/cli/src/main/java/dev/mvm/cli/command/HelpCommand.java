package dev.mvm.cli.command;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// The help of any command, as its `--help` prints it.
@Command(name = "help", description = "Show the help of a noun or of a verb.")
final class HelpCommand extends Verb {
    @Parameters(
            arity = "0..3",
            paramLabel = "[NOUN [VERB...]]",
            hideParamSyntax = true,
            description = "The command to explain. Default: mvm itself.")
    private List<String> words = List.of();

    @Override
    int run() {
        var command = root();
        for (var word : words) {
            var next = command.getSubcommands().get(word);
            if (next == null) {
                throw usage("no such command: mvm " + String.join(" ", words));
            }
            command = next;
        }
        command.usage(command.getOut());
        return 0;
    }
}
