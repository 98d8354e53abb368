package dev.mvm.cli.command;

import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// The command `mvm`, which has nouns and nothing else.
@Command(
        name = "mvm",
        description = "Run fleets of microVMs for tenants that are isolated from each other.",
        versionProvider = Root.Version.class,
        footer = {
            "",
            "Exit status: 0 done, 1 refused or failed, 2 wrong usage.",
            "Settings: the file that MVM_CONFIG names, or ~/.config/mvm/cli.conf."
        })
public final class Root {
    private static final List<Class<?>> NOUNS = List.of(
            RunCommand.class,
            InstanceCommand.class,
            PoolCommand.class,
            TenantCommand.class,
            GrantCommand.class,
            TombstoneCommand.class,
            TrustCommand.class,
            SigningKeyCommand.class,
            TenantKeyCommand.class,
            WitnessCommand.class,
            NodeCommand.class,
            MeasurementsCommand.class,
            ImageCommand.class,
            RevisionCommand.class,
            NetCommand.class,
            OperatorCommand.class,
            AgentCommand.class,
            AuditCommand.class,
            EventsCommand.class,
            DoctorCommand.class,
            HelpCommand.class);

    /// Former names of nouns. They still work; help and documents use the present ones.
    private static final Map<String, String> FORMER = Map.of("key", "signing-key", "keys", "tenant-key");

    private static final int USAGE_WIDTH = 100;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help and exit.")
    boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Print the version and exit.")
    boolean version;

    private final Context context;

    private Root(Context context) {
        this.context = context;
    }

    /// Replaces the former name of a noun by its present name, also after `help`.
    public static String[] current(String... args) {
        var words = args.clone();
        int noun = words.length > 1 && words[0].equals("help") ? 1 : 0;
        if (words.length > noun) {
            words[noun] = FORMER.getOrDefault(words[noun], words[noun]);
        }
        return words;
    }

    /// Returns the command with all its nouns.
    public static CommandLine whole(Context context) {
        return with(context, NOUNS);
    }

    /// Returns the command with the nouns that `args` need: the one that they begin with, none for the version, all
    /// of them otherwise. Reading the annotations of nouns takes a large part of the start.
    public static CommandLine of(Context context, String... args) {
        var first = args.length == 0 ? "" : args[0];
        if (first.equals("--version")) {
            return with(context, List.of());
        }
        for (var noun : NOUNS) {
            if (noun != HelpCommand.class
                    && noun.getAnnotation(Command.class).name().equals(first)) {
                return with(context, List.of(noun));
            }
        }
        return whole(context);
    }

    private static CommandLine with(Context context, List<Class<?>> nouns) {
        var command = new CommandLine(new Root(context));
        nouns.forEach(command::addSubcommand);
        style(command);
        command.getCommandSpec().usageMessage().synopsisSubcommandLabel("NOUN").commandListHeading("%nNouns:%n");
        return command.setUsageHelpWidth(USAGE_WIDTH);
    }

    private static void style(CommandLine command) {
        command.getCommandSpec()
                .usageMessage()
                .descriptionHeading("%n")
                .parameterListHeading("%nArguments:%n")
                .optionListHeading("%nOptions:%n")
                .synopsisSubcommandLabel("VERB")
                .commandListHeading("%nVerbs:%n");
        command.getSubcommands().values().forEach(Root::style);
    }

    Context context() {
        return context;
    }

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            var version = Root.class.getPackage().getImplementationVersion();
            return new String[] {"mvm " + (version == null ? "(built from source)" : version)};
        }
    }
}
