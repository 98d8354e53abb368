package dev.mvm.cli.command;

import java.util.List;
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
            KeyCommand.class,
            KeysCommand.class,
            WitnessCommand.class,
            NodeCommand.class,
            NetCommand.class,
            AgentCommand.class,
            AuditCommand.class,
            EventsCommand.class,
            DoctorCommand.class,
            HelpCommand.class);

    private final Context context;

    private Root(Context context) {
        this.context = context;
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
