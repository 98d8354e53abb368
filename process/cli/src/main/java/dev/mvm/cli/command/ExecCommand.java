package dev.mvm.cli.command;

import dev.mvm.cli.api.CoordinatorClient;
import dev.mvm.cli.api.ExecSession;
import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.terminal.RawTerminal;
import dev.mvm.model.InstanceAddress;
import dev.mvm.protocol.control.v1.ExecInput;
import dev.mvm.protocol.control.v1.ExecStart;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Runs a program in an instance.
@Command(
        name = "exec",
        description = {
            "Run a program in an instance.",
            "Standard input, output and error are the program's.",
            "The exit status is the program's, or 128 plus the signal number if a signal ended it."
        },
        customSynopsis =
                "mvm instance exec [-htn] [-e NAME=VALUE]... [-w DIR] TENANT/POOL/INSTANCE -- PROGRAM [ARG]...")
final class ExecCommand extends Verb {
    private static final long LOOK_MILLIS = 500;

    @Option(
            names = {"-t", "--tty"},
            description = "Give the program your terminal.")
    private boolean tty;

    @Option(
            names = {"-n", "--no-stdin"},
            description = "Do not read standard input; the program gets an empty one.")
    private boolean noStdin;

    @Option(
            names = {"-e", "--env"},
            paramLabel = "NAME=VALUE",
            description = "Set a variable of the program's environment; repeatable.")
    private List<String> environment = List.of();

    @Option(
            names = {"-w", "--workdir"},
            paramLabel = "DIR",
            description = "Start the program in this directory, an absolute path.")
    private String directory = "";

    @Parameters(
            arity = "2..*",
            paramLabel = "TENANT/POOL/INSTANCE -- PROGRAM [ARGUMENT]...",
            hideParamSyntax = true,
            description = "The instance, the program and its arguments.")
    private List<String> words = List.of();

    /// Words after the instance belong to the program, even if they look like options.
    @Spec
    void stopAtInstance(CommandSpec spec) {
        spec.parser().stopAtPositional(true);
    }

    @Override
    int run() throws Failure, IOException {
        var address = argument(words.getFirst(), InstanceAddress::parse);
        var argv = words.subList(words.get(1).equals("--") ? 2 : 1, words.size());
        if (argv.isEmpty()) {
            throw usage("no program given");
        }
        for (var variable : environment) {
            if (variable.indexOf('=') < 1) {
                throw usage("invalid variable: " + variable + ", expected NAME=VALUE");
            }
        }
        return execute(this, address, argv, environment, directory, tty, !noStdin);
    }

    static int execute(
            Verb verb,
            InstanceAddress address,
            List<String> argv,
            List<String> environment,
            String directory,
            boolean tty,
            boolean stdin)
            throws Failure {
        var start = ExecStart.newBuilder()
                .setTenant(address.tenant().value())
                .setPool(address.pool().value())
                .setInstance(address.instance().value())
                .addAllArgv(argv)
                .addAllEnv(environment)
                .setDirectory(directory)
                .setTty(tty)
                .setStdin(stdin);
        var coordinator = verb.context().coordinator();
        if (!tty) {
            return attend(start(coordinator, address, start), stdin);
        }
        var size = RawTerminal.size();
        start.setRows(size.rows()).setColumns(size.columns());
        try (var _ = RawTerminal.take()) {
            var session = start(coordinator, address, start);
            background("size", () -> followSize(session, size));
            return attend(session, stdin);
        }
    }

    private static ExecSession start(CoordinatorClient coordinator, InstanceAddress address, ExecStart.Builder start)
            throws Failure {
        var first = ExecInput.newBuilder().setStart(start).build();
        return ExecSession.start(coordinator, address, "exec", first, System.out, System.err);
    }

    static int attend(ExecSession session, boolean stdin) throws Failure {
        if (stdin) {
            background("stdin", () -> feed(session, System.in));
        }
        try {
            return session.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("interrupted");
        } finally {
            session.close();
        }
    }

    private static void background(String name, Runnable work) {
        Thread.ofPlatform().name(name).daemon().start(work);
    }

    private static void feed(ExecSession session, InputStream input) {
        try {
            session.feed(input);
        } catch (IOException e) {
            System.err.println("mvm: cannot read standard input: " + e.getMessage());
        }
    }

    /// Polls the size of the terminal, since Java has no signal for its change. Twice a second is enough for a
    /// person.
    private static void followSize(ExecSession session, RawTerminal.Size first) {
        var known = first;
        try {
            while (true) {
                Thread.sleep(LOOK_MILLIS);
                var now = RawTerminal.size();
                if (!now.equals(known)) {
                    session.resize(now.rows(), now.columns());
                    known = now;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Failure e) {
            return; // the terminal is gone
        }
    }

    /// A shell in an instance.
    @Command(name = "console", description = "Open a shell in an instance, in your terminal. Ctrl-D or exit ends it.")
    static final class Console extends Verb {
        @Parameters(paramLabel = "TENANT/POOL/INSTANCE", description = "The instance.")
        private String address = "";

        @Override
        int run() throws Failure {
            var target = argument(address, InstanceAddress::parse);
            return execute(this, target, List.of("/bin/sh"), List.of(), "", true, true);
        }
    }
}
