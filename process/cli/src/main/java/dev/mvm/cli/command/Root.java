package dev.mvm.cli.command;

import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;

/// The command itself: nouns below, nothing of its own.
@Command(
        name = "mvm",
        description = "Runs fleets of microVMs for tenants who must not be able to harm each other.",
        synopsisSubcommandLabel = "NOUN",
        versionProvider = Root.Version.class,
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Exit status: 0 done, 1 refused or failed, 2 wrong usage.",
            "Where the coordinator is: the file that MVM_CONFIG names, else ~/.config/mvm/cli.conf."
        })
public final class Root {
    private static final List<Class<?>> NOUNS = List.of(
            InstanceCommand.class,
            PoolCommand.class,
            TenantCommand.class,
            GrantCommand.class,
            TrustCommand.class,
            SigningKeyCommand.class,
            TenantKeyCommand.class,
            WitnessCommand.class,
            NodeCommand.class,
            NetCommand.class,
            AgentCommand.class,
            AuditCommand.class,
            EventsCommand.class,
            DoctorCommand.class,
            HelpCommand.class);

    /// Former names of nouns. They still work; help and documents use the present ones.
    private static final Map<String, String> FORMER = Map.of("key", "signing-key", "keys", "tenant-key");

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

    /// The command with all its nouns.
    public static CommandLine whole(Context context) {
        return with(context, NOUNS);
    }

    /// The command as far as `args` need it. Making nouns from their annotations is a good part of a start, so there
    /// is only the one that they begin with; there are all of them when they begin with anything else, and none for
    /// the version.
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
        return command;
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
