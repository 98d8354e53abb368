package dev.mvm.hostd.machine;

import dev.mvm.hostd.host.ProgramOutput;
import dev.mvm.hostd.host.ProgramStart;
import dev.mvm.hostd.policy.Refusal;
import dev.mvm.model.Bytes;
import dev.mvm.protocol.guest.ChannelClosedException;
import dev.mvm.protocol.guest.ExecOutput;
import dev.mvm.protocol.guest.ExecRefusal;
import dev.mvm.protocol.guest.ExecRequest;
import dev.mvm.protocol.guest.ExecStart;
import dev.mvm.protocol.guest.ExecStream;
import dev.mvm.protocol.guest.GuestChannel;
import dev.mvm.protocol.guest.ProgramEnd;
import dev.mvm.protocol.guest.Signal;
import dev.mvm.protocol.guest.TerminalSize;
import dev.mvm.protocol.hostd.ExecInput;
import dev.mvm.protocol.hostd.Program;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// Programs in guests: the agent's requests in the guest protocol's terms.
final class GuestPrograms {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /// The exit that is reported when the guest was lost while a program ran: as if killed by SIGHUP, which is what
    /// a program sees whose terminal goes away.
    private static final int HUNG_UP = 1;

    private GuestPrograms() {}

    static ProgramStart start(GuestChannel channel, Program program, ProgramOutput output) throws InterruptedException {
        try {
            return switch (channel.exec(request(program), new Output(output), PATIENCE)) {
                case ExecStart.Started(var pid, var stream) -> new ProgramStart.Started(pid, new Input(stream));
                case ExecStart.Refused(var reason) -> new ProgramStart.NotStarted(refusal(reason));
                case ExecStart.Unanswered() -> new ProgramStart.NotStarted(Refusal.GUEST_UNREACHABLE);
            };
        } catch (ChannelClosedException e) {
            return new ProgramStart.NotStarted(Refusal.GUEST_UNREACHABLE);
        }
    }

    private static ExecRequest request(Program program) {
        return new ExecRequest(
                program.argv(),
                program.env(),
                Bytes.of(program.directory().getBytes(StandardCharsets.US_ASCII)),
                program.terminal().map(size -> new TerminalSize(size.rows(), size.columns())),
                program.stdin());
    }

    private static Refusal refusal(ExecRefusal reason) {
        return switch (reason) {
            case TOO_MANY_STREAMS, NO_RESOURCES -> Refusal.GUEST_BUSY;
            case NOT_FOUND -> Refusal.PROGRAM_NOT_FOUND;
            case NOT_PERMITTED, NOT_EXECUTABLE -> Refusal.PROGRAM_NOT_EXECUTABLE;
        };
    }

    private static final class Input implements ProgramStart.ProgramInput {
        private final ExecStream stream;

        Input(ExecStream stream) {
            this.stream = stream;
        }

        @Override
        public void send(ExecInput input) throws InterruptedException {
            try {
                switch (input) {
                    case ExecInput.Stdin(var data) -> stream.stdin(data);
                    case ExecInput.StdinEnd() -> stream.closeStdin();
                    case ExecInput.Resize(var size) -> stream.resize(new TerminalSize(size.rows(), size.columns()));
                    case ExecInput.Signal(var number) -> {
                        var signal = Signal.of(number);
                        if (signal.isPresent()) {
                            stream.signal(signal.get());
                        }
                    }
                }
            } catch (ChannelClosedException e) {
                return; // the program's end is reported on its output
            }
        }

        @Override
        public void kill() {
            stream.cancel();
        }
    }

    private static final class Output implements ExecOutput {
        private final ProgramOutput output;

        Output(ProgramOutput output) {
            this.output = output;
        }

        @Override
        public void stdout(Bytes data) throws IOException {
            output.stdout(data);
        }

        @Override
        public void stderr(Bytes data) throws IOException {
            output.stderr(data);
        }

        @Override
        public void ended(ProgramEnd how) throws IOException {
            switch (how) {
                case ProgramEnd.Exited(var status) -> output.exit(status, 0);
                case ProgramEnd.Killed(var signal) -> output.exit(0, signal);
                case ProgramEnd.Lost _ -> output.exit(0, HUNG_UP);
            }
        }
    }
}
