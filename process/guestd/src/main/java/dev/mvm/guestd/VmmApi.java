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
import java.io.Serial;
import java.util.List;
import java.util.function.Consumer;

/// One word of hostd's to one VMM, whose API may long be the guest's. Nothing of what it says goes further than one of
/// the words of the protocol, and a line of the journal.
final class VmmApi {
    private static final VmmPath SAVED_STATE = new VmmPath("/snap/vmstate");
    private static final VmmPath SAVED_MEMORY = new VmmPath("/snap/memory");
    private static final VmmPath FAULTS = new VmmPath("/io/faults.sock");

    // for WarmResume
    private static final VmmPath THROWN_AWAY = new VmmPath("/io/state");
    private static final VmmPath NOWHERE = new VmmPath("/io/nowhere/memory");

    private final GuestdRequest.Vmm wanted;
    private final Consumer<String> log;
    private final FirecrackerClient client;
    private final long deadline;

    /// Its time begins now.
    VmmApi(GuestdRequest.Vmm wanted, FirecrackerConnection connection, Consumer<String> log) {
        this.wanted = wanted;
        this.log = log;
        this.client = new FirecrackerClient(connection);
        this.deadline = System.nanoTime() + wanted.limit().toNanos();
    }

    /// Why a word could not be done.
    private static final class UndoneException extends Exception {
        @Serial
        private static final long serialVersionUID = 1L;

        private final transient Report.Word said;

        UndoneException(Report.Word said, String why) {
            super(why, null, false, false);
            this.said = said;
        }
    }

    /// Does what is wanted.
    ///
    /// @return the answer for hostd
    Report.Word perform() {
        try {
            return switch (wanted.word()) {
                case CONFIGURE -> onFresh(wanted.configuration().orElseThrow().commands());
                case START -> done(new Command.InstanceStart());
                case PAUSE -> done(new Command.Pause());
                case RESUME -> warmResume();
                case STATE -> state();
                case SAVE -> done(new Command.CreateSnapshot(SAVED_STATE, SAVED_MEMORY));
                case LOAD -> onFresh(List.of(new Command.LoadSnapshot(SAVED_STATE, FAULTS)));
                case GO_ON -> done(new Command.Resume());
            };
        } catch (UndoneException e) {
            log.accept("vmm call " + wanted.token() + ", " + wanted.word().word() + ": " + e.getMessage());
            return e.said;
        }
    }

    /// What was started a moment ago, and is asked for the first time, has to be what hostd takes it for.
    private Report.Word onFresh(List<Command> commands) throws UndoneException {
        var info = describe();
        if (!info.version().equals(wanted.version())) {
            throw new UndoneException(
                    Report.Word.OTHER_VERSION, "it is " + info.version() + " and not " + wanted.version());
        }
        if (info.state() != InstanceInfo.State.NOT_STARTED) {
            throw new UndoneException(Report.Word.FAILED, "it has been started before");
        }
        for (var command : commands) {
            done(command);
        }
        return Report.Word.DONE;
    }

    private Report.Word state() throws UndoneException {
        return switch (describe().state()) {
            case RUNNING -> Report.Word.RUNNING;
            case PAUSED -> Report.Word.PAUSED;
            case NOT_STARTED -> throw new UndoneException(Report.Word.FAILED, "it has not been started");
        };
    }

    private Report.Word warmResume() throws UndoneException {
        for (var step : WarmResume.plan(wanted.version(), THROWN_AWAY, NOWHERE)) {
            var answer = client.call(step.command(), deadline);
            if (!step.goesOn(answer)) {
                throw failed(step.command(), answer);
            }
        }
        return Report.Word.DONE;
    }

    private Report.Word done(Command command) throws UndoneException {
        var answer = client.call(command, deadline);
        if (answer instanceof Answer.Value<NoContent>) {
            return Report.Word.DONE;
        }
        throw failed(command, answer);
    }

    private InstanceInfo describe() throws UndoneException {
        var question = new Query.DescribeInstance();
        var answer = client.call(question, deadline);
        if (answer instanceof Answer.Value<InstanceInfo>(var info)) {
            return info;
        }
        throw failed(question, answer);
    }

    private static UndoneException failed(Operation<?> operation, Answer<?> answer) {
        return new UndoneException(
                Report.Word.FAILED, operation.getClass().getSimpleName() + " was answered " + answer);
    }
}
