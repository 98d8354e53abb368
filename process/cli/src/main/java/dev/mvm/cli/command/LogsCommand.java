package dev.mvm.cli.command;

import dev.mvm.cli.api.ExecSession;
import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.terminal.ConsoleText;
import dev.mvm.model.InstanceAddress;
import dev.mvm.protocol.control.v1.ExecInput;
import dev.mvm.protocol.control.v1.LogsStart;
import java.io.OutputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Shows what an instance has printed.
@Command(
        name = "logs",
        description = {
            "Show what an instance has printed on its console.",
            "The node keeps the last 64 KiB in memory, 24 hours at most after the microVM's end.",
            "Control characters and malformed UTF-8 are shown as \\xHH.",
            "How many bytes were not kept is said on standard error."
        })
final class LogsCommand extends Verb {
    @Option(
            names = {"-f", "--follow"},
            description = "Go on until the microVM ends, or until Ctrl-C.")
    private boolean follow;

    @Option(
            names = "--raw",
            description = "Write the bytes of the console as they are. They can do anything to a terminal.")
    private boolean raw;

    @Parameters(paramLabel = "TENANT/POOL/INSTANCE", description = "The instance.")
    private String instance = "";

    @Override
    int run() throws Failure {
        var address = argument(instance, InstanceAddress::parse);
        var logs = LogsStart.newBuilder()
                .setTenant(address.tenant().value())
                .setPool(address.pool().value())
                .setInstance(address.instance().value())
                .setFollow(follow);
        var first = ExecInput.newBuilder().setLogs(logs).build();
        var text = new ConsoleText(System.out);
        OutputStream shown = raw ? System.out : text;
        try {
            var session = ExecSession.start(context().coordinator(), address, "logs", first, shown, System.err);
            int status = ExecCommand.attend(session, false);
            if (!raw && text.empty()) {
                System.err.println("mvm: " + address + " has printed nothing that is kept");
            }
            return status;
        } finally {
            text.end();
            System.out.flush();
        }
    }
}
