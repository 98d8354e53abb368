package dev.mvm.cli.command;

import dev.mvm.cli.api.CoordinatorClient;
import dev.mvm.cli.api.ExecSession;
import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.terminal.ConsoleText;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.PoolAddress;
import dev.mvm.protocol.control.v1.ExecInput;
import dev.mvm.protocol.control.v1.LogsStart;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/// The one instance of a run: from its start to its program's end.
final class RunInstance {
    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final long LOOK_MILLIS = 200;

    private final CoordinatorClient coordinator;

    RunInstance(CoordinatorClient coordinator) {
        this.coordinator = coordinator;
    }

    /// Waits until the pool's instance runs, or has ended. Says on standard error what it waits for.
    InstanceAddress started(PoolAddress pool) throws Failure {
        long end = System.nanoTime() + LONGEST.toNanos();
        var said = "";
        while (System.nanoTime() < end) {
            var path = "/v1/instances?tenant=" + pool.tenant() + "&pool=" + pool.pool();
            for (var each : ResponseFields.objects(coordinator.get(path), "instances")) {
                var state = ResponseFields.text(each, "state");
                if (state.equals("Running") || state.equals("Stopped")) {
                    return address(ResponseFields.text(each, "address"));
                }
                var reason = ResponseFields.text(each, "reason");
                if (!reason.equals(said) && !reason.isEmpty()) {
                    System.err.println("mvm: not started yet: " + Printable.text(reason));
                    said = reason;
                }
            }
            Waiting.pause(LOOK_MILLIS);
        }
        throw new Failure(pool + " does not run after " + LONGEST.toMinutes() + " minutes"
                + (said.isEmpty() ? "" : ": " + Printable.text(said)) + "; it stays wanted: mvm instance list " + pool);
    }

    private static InstanceAddress address(String text) throws Failure {
        try {
            return InstanceAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw new Failure("invalid address in the coordinator's response: " + e.getMessage());
        }
    }

    /// Shows what the program prints until its microVM ends.
    ///
    /// @return the program's status, or [RunEnd#UNKNOWN]
    int attend(InstanceAddress address) throws Failure {
        var ended = new AtomicReference<Optional<RunEnd>>(Optional.empty());
        var text = new ConsoleText(
                System.out, System.err, line -> RunEnd.of(line.strip()).ifPresent(end -> ended.set(Optional.of(end))));
        try {
            follow(address, text);
        } finally {
            text.end();
            text.flush();
        }
        var end = ended.get();
        if (end.isEmpty()) {
            System.err.println("mvm: " + unended(address));
            return RunEnd.UNKNOWN;
        }
        var last = end.get();
        if (!last.reason().equals(RunEnd.EXITED)) {
            System.err.println("mvm: " + address + " has ended: " + last.reason()
                    + (last.detail().isEmpty() ? "" : ", " + Printable.text(last.detail())));
        }
        return last.status();
    }

    /// The node may say that the instance runs before it has anything to show of it.
    private void follow(InstanceAddress address, ConsoleText text) throws Failure {
        var logs = LogsStart.newBuilder()
                .setTenant(address.tenant().value())
                .setPool(address.pool().value())
                .setInstance(address.instance().value())
                .setFollow(true);
        var first = ExecInput.newBuilder().setLogs(logs).build();
        long end = System.nanoTime() + LONGEST.toNanos();
        while (true) {
            try {
                var session = ExecSession.start(coordinator, address, "logs", first, text, System.err);
                var _ = ExecCommand.attend(session, false);
                return;
            } catch (Failure e) {
                if (!e.is("no_log") || System.nanoTime() > end) {
                    throw e;
                }
                Waiting.pause(LOOK_MILLIS);
            }
        }
    }

    /// Returns why there is no end of the program.
    private String unended(InstanceAddress address) throws Failure {
        var instance = coordinator.get(InstanceCommand.path(address));
        var state = ResponseFields.text(instance, "state");
        if (state.equals("Sleeping")) {
            return address + " is asleep; mvm instance wake " + address + ", then mvm instance logs -f " + address;
        }
        var reason = ResponseFields.text(instance, "reason");
        return address + " is " + Printable.text(state) + (reason.isEmpty() ? "" : ", " + Printable.text(reason))
                + ", and its program has not said how it ended; mvm instance logs " + address;
    }
}
