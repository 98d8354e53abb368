package dev.mvm.guestd;

import dev.mvm.protocol.firecracker.Answer;
import dev.mvm.protocol.firecracker.Command;
import dev.mvm.protocol.firecracker.FirecrackerClient;
import dev.mvm.protocol.firecracker.FirecrackerConnection;
import dev.mvm.protocol.firecracker.InstanceInfo;
import dev.mvm.protocol.firecracker.NoContent;
import dev.mvm.protocol.firecracker.Operation;
import dev.mvm.protocol.firecracker.Query;
import dev.mvm.protocol.firecracker.VmmPath;
import dev.mvm.protocol.firecracker.WarmResume;
import dev.mvm.protocol.guestd.Report;
import dev.mvm.protocol.guestd.VmmCommand;
import java.io.Serial;
import java.util.List;
import java.util.function.Consumer;

/// One command of hostd to one VMM, whose guest may have taken the VMM over. Of the VMM's answers nothing goes further
/// than a [Report.Word] and a line of the journal.
final class VmmApi {
    private static final VmmPath SAVED_STATE = new VmmPath("/snap/vmstate");
    private static final VmmPath SAVED_MEMORY = new VmmPath("/snap/memory");
    private static final VmmPath FAULTS = new VmmPath("/io/faults.sock");

    // for WarmResume
    private static final VmmPath THROWN_AWAY = new VmmPath("/io/state");
    private static final VmmPath NOWHERE = new VmmPath("/io/nowhere/memory");

    private final GuestdRequest.Vmm request;
    private final Consumer<String> log;
    private final FirecrackerClient client;
    private final long deadline;

    /// The command's time limit runs from now on.
    VmmApi(GuestdRequest.Vmm request, FirecrackerConnection connection, Consumer<String> log) {
        this.request = request;
        this.log = log;
        this.client = new FirecrackerClient(connection);
        this.deadline = System.nanoTime() + request.limit().toNanos();
    }

    /// A command that failed, with the reply for hostd and a text for the journal.
    private static final class CommandFailedException extends Exception {
        @Serial
        private static final long serialVersionUID = 1L;

        private final Report.Word reply;

        CommandFailedException(Report.Word reply, String why) {
            super(why, null, false, false);
            this.reply = reply;
        }
    }

    /// Carries the command out.
    ///
    /// @return the reply for hostd
    Report.Word perform() {
        try {
            return switch (request.command()) {
                case VmmCommand.Configure configure -> onFresh(VmmConfiguration.requests(configure));
                case VmmCommand.Start _ -> done(new Command.InstanceStart());
                case VmmCommand.Pause _ -> done(new Command.Pause());
                case VmmCommand.Resume _ -> warmResume();
                case VmmCommand.State _ -> state();
                case VmmCommand.Save _ -> done(new Command.CreateSnapshot(SAVED_STATE, SAVED_MEMORY));
                case VmmCommand.Load _ -> onFresh(List.of(new Command.LoadSnapshot(SAVED_STATE, FAULTS)));
                case VmmCommand.GoOn goOn -> inTurn(VmmConfiguration.requests(goOn));
            };
        } catch (CommandFailedException e) {
            log.accept("vmm call " + request.token() + ", " + request.command().word() + ": " + e.getMessage());
            return e.reply;
        }
    }

    /// Sends commands to a VMM that must be fresh and of the version that hostd expects.
    private Report.Word onFresh(List<Command> commands) throws CommandFailedException {
        var info = describe();
        if (!info.version().equals(request.version())) {
            throw new CommandFailedException(
                    Report.Word.OTHER_VERSION, "it is " + info.version() + " and not " + request.version());
        }
        if (info.state() != InstanceInfo.State.NOT_STARTED) {
            throw new CommandFailedException(Report.Word.FAILED, "it has been started before");
        }
        return inTurn(commands);
    }

    private Report.Word inTurn(List<Command> commands) throws CommandFailedException {
        for (var command : commands) {
            done(command);
        }
        return Report.Word.DONE;
    }

    private Report.Word state() throws CommandFailedException {
        return switch (describe().state()) {
            case RUNNING -> Report.Word.RUNNING;
            case PAUSED -> Report.Word.PAUSED;
            case NOT_STARTED -> throw new CommandFailedException(Report.Word.FAILED, "it has not been started");
        };
    }

    private Report.Word warmResume() throws CommandFailedException {
        for (var step : WarmResume.plan(request.version(), THROWN_AWAY, NOWHERE)) {
            var answer = client.call(step.command(), deadline);
            if (!step.goesOn(answer)) {
                throw failed(step.command(), answer);
            }
        }
        return Report.Word.DONE;
    }

    private Report.Word done(Command command) throws CommandFailedException {
        var answer = client.call(command, deadline);
        if (answer instanceof Answer.Value<NoContent>) {
            return Report.Word.DONE;
        }
        throw failed(command, answer);
    }

    private InstanceInfo describe() throws CommandFailedException {
        var question = new Query.DescribeInstance();
        var answer = client.call(question, deadline);
        if (answer instanceof Answer.Value<InstanceInfo>(var info)) {
            return info;
        }
        throw failed(question, answer);
    }

    private static CommandFailedException failed(Operation<?> operation, Answer<?> answer) {
        return new CommandFailedException(
                Report.Word.FAILED, operation.getClass().getSimpleName() + " was answered " + answer);
    }
}
