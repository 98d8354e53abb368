package dev.mvm.agentd.link;

import com.google.protobuf.ByteString;
import dev.mvm.agentd.hostd.LogStream;
import dev.mvm.protocol.control.v1.ExecOutput;
import dev.mvm.protocol.guest.exec.ExecOutput.Ended;
import dev.mvm.protocol.guest.exec.ExecOutput.Stderr;
import dev.mvm.protocol.guest.exec.ExecOutput.Stdout;
import dev.mvm.protocol.guest.exec.ProgramEnd;
import dev.mvm.protocol.guest.exec.RunningProgram;
import dev.mvm.protocol.hostd.client.LogFrame;
import java.io.IOException;
import java.util.function.Consumer;

/// Messages that a session shows an operator. [#close] ends a wait for one.
sealed interface SessionSource extends AutoCloseable {
    /// Waits for the next message. One with an exit is the last.
    ExecOutput next() throws IOException, InterruptedException;

    @Override
    void close();

    /// A program in a guest.
    record Program(RunningProgram running, Consumer<String> log) implements SessionSource {
        /// Signal that is reported for a program whose guest was lost: SIGHUP, as for a program that loses its
        /// terminal.
        private static final int HUNG_UP = 1;

        @Override
        public ExecOutput next() throws IOException, InterruptedException {
            var output = ExecOutput.newBuilder();
            switch (running.receive()) {
                case Stdout(var data) -> output.setStdout(ByteString.copyFrom(data.array()));
                case Stderr(var data) -> output.setStderr(ByteString.copyFrom(data.array()));
                case Ended(ProgramEnd.Exited(var status)) -> output.setExit(exit(status, 0));
                case Ended(ProgramEnd.Killed(var signal)) -> output.setExit(exit(128 + signal, signal));
                case Ended(ProgramEnd.Lost(var cause)) -> {
                    log.accept("a program was lost: " + cause);
                    output.setExit(exit(128 + HUNG_UP, HUNG_UP));
                }
            }
            return output.build();
        }

        @Override
        public void close() {
            running.close();
        }
    }

    /// Output of an instance's VMs.
    record Console(LogStream stream) implements SessionSource {
        @Override
        public ExecOutput next() throws IOException {
            var output = ExecOutput.newBuilder();
            switch (stream.receive()) {
                case LogFrame.Begin() -> throw new IOException("a console's stream begins twice");
                case LogFrame.Output(var bytes) -> output.setStdout(ByteString.copyFrom(bytes.array()));
                case LogFrame.Lost(var bytes) -> output.setLost(bytes);
                case LogFrame.End() -> output.setExit(exit(0, 0));
            }
            return output.build();
        }

        @Override
        public void close() {
            stream.close();
        }
    }

    private static ExecOutput.Exit.Builder exit(int status, int signal) {
        return ExecOutput.Exit.newBuilder().setStatus(status).setSignal(signal);
    }
}
