package dev.mvm.agentd.link;

import com.google.protobuf.ByteString;
import dev.mvm.agentd.execute.Executor;
import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.agentd.hostd.RunningProgram;
import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.control.v1.ExecInput;
import dev.mvm.protocol.control.v1.ExecOutput;
import dev.mvm.protocol.control.v1.ExecStart;
import dev.mvm.protocol.control.v1.NodeLinkGrpc;
import dev.mvm.protocol.control.v1.Problem;
import dev.mvm.protocol.control.v1.SessionInput;
import dev.mvm.protocol.control.v1.SessionOutput;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Program;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/// A program that an operator runs in an instance: bytes between the coordinator's stream and hostd's connection,
/// as fast as the slower side takes them.
public final class SessionRelay {
    private final ManagedChannel channel;
    private final Hostd hostd;
    private final Consumer<String> log;

    public SessionRelay(ManagedChannel channel, Hostd hostd, Consumer<String> log) {
        this.channel = channel;
        this.hostd = hostd;
        this.log = log;
    }

    /// Opens the session that the coordinator has asked for. Returns at once; callbacks do the rest.
    void open(ByteString session) {
        var relay = new Relay();
        NodeLinkGrpc.newStub(channel).session(relay);
        relay.begin(session);
    }

    private static Program program(ExecStart start) {
        var argv = start.getArgvList().stream().map(SessionRelay::bytes).toList();
        var env = start.getEnvList().stream().map(SessionRelay::bytes).toList();
        Optional<Program.TerminalSize> terminal = start.getTty()
                ? Optional.of(new Program.TerminalSize(start.getRows(), start.getColumns()))
                : Optional.empty();
        return new Program(argv, env, start.getDirectory(), terminal, start.getStdin());
    }

    private static Bytes bytes(String text) {
        return Bytes.of(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    /// One session. gRPC calls its methods one at a time, the handler of readiness among them: none of them may wait
    /// for
    /// the program, or output that waits for readiness would wait for input that waits for output. So input has a
    /// thread of its own, and so has output.
    private final class Relay implements ClientResponseObserver<SessionInput, SessionOutput> {
        private final CompletableFuture<RunningProgram> program = new CompletableFuture<>();
        private final ExecutorService input =
                Executors.newSingleThreadExecutor(Thread.ofVirtual().factory());
        private final Object ready = new Object();
        private boolean over;
        private volatile boolean exited;
        private final CompletableFuture<ClientCallStreamObserver<SessionInput>> requests = new CompletableFuture<>();

        @Override
        public void beforeStart(ClientCallStreamObserver<SessionInput> stream) {
            stream.disableAutoRequestWithInitial(1);
            stream.setOnReadyHandler(() -> {
                synchronized (ready) {
                    ready.notifyAll();
                }
            });
            requests.complete(stream);
        }

        void begin(ByteString session) {
            requests.join().onNext(SessionInput.newBuilder().setSession(session).build());
        }

        /// The next message is asked for when this one has been passed on, so that they do not pile up.
        @Override
        public void onNext(SessionOutput message) {
            try {
                input.execute(() -> take(message.getInput()));
            } catch (RejectedExecutionException e) {
                return; // the session is over
            }
        }

        private void take(ExecInput message) {
            try {
                if (message.getInputCase() == ExecInput.InputCase.START) {
                    start(message.getStart());
                } else if (program.isDone()) {
                    forward(message, program.join());
                }
                requests.join().request(1);
            } catch (IOException e) {
                if (!exited) { // a program may end without having read all of its input
                    end("guest_unreachable", "the connection to the program broke");
                }
            } catch (IllegalArgumentException e) {
                end("malformed", "not a program that can be run: " + e.getMessage());
            }
        }

        private void start(ExecStart start) throws IOException {
            if (program.isDone()) {
                throw new IllegalArgumentException("started twice");
            }
            var operation = new HostOperation.GuestExec(new InstanceId(start.getInstance()), program(start));
            switch (hostd.exec(operation)) {
                case Hostd.Exec.Running(var running) -> {
                    program.complete(running);
                    Thread.ofVirtual().start(() -> pump(running));
                }
                case Hostd.Exec.NotRunning(var why) -> {
                    var reason = Executor.reason(why);
                    end(reason, Explanations.of(reason));
                }
            }
        }

        private void forward(ExecInput message, RunningProgram running) throws IOException {
            for (var piece : ExecPieces.of(message)) {
                running.send(piece);
            }
        }

        /// Output, until the exit.
        private void pump(RunningProgram running) {
            try (running) {
                while (true) {
                    awaitReady();
                    var reply = running.receive();
                    requests.join().onNext(output(reply));
                    if (reply instanceof HostReply.Exit) {
                        exited = true;
                        input.shutdown();
                        requests.join().onCompleted();
                        return;
                    }
                }
            } catch (IOException e) {
                end("guest_unreachable", "the connection to the program broke");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IllegalStateException e) {
                log.accept("a session ended before its program did"); // the stream was cancelled while we wrote
            }
        }

        private void awaitReady() throws IOException, InterruptedException {
            var stream = requests.join();
            synchronized (ready) {
                while (!stream.isReady()) {
                    if (over) {
                        throw new IOException("the session is over");
                    }
                    ready.wait();
                }
            }
        }

        private void over() {
            close();
            synchronized (ready) {
                over = true;
                ready.notifyAll();
            }
        }

        private SessionInput output(HostReply reply) throws IOException {
            var output = ExecOutput.newBuilder();
            switch (reply) {
                case HostReply.Stdout(var data) -> output.setStdout(ByteString.copyFrom(data.array()));
                case HostReply.Stderr(var data) -> output.setStderr(ByteString.copyFrom(data.array()));
                case HostReply.Exit(var status, var signal) ->
                    output.setExit(ExecOutput.Exit.newBuilder()
                            .setStatus(signal == 0 ? status : 128 + signal)
                            .setSignal(signal));
                default -> throw new IOException("not output of a program: " + reply);
            }
            return SessionInput.newBuilder().setOutput(output).build();
        }

        private void end(String reason, String message) {
            close();
            try {
                var stream = requests.join();
                stream.onNext(SessionInput.newBuilder()
                        .setProblem(Problem.newBuilder().setReason(reason).setMessage(message))
                        .build());
                stream.onCompleted();
            } catch (IllegalStateException e) {
                log.accept("a session was over before it could be told: " + reason);
            }
        }

        private void close() {
            input.shutdown();
            if (program.isDone()) {
                program.join().close();
            }
        }

        @Override
        public void onError(Throwable cause) {
            log.accept(
                    "a session was broken off: " + Status.fromThrowable(cause).getCode());
            over();
        }

        @Override
        public void onCompleted() {
            over();
        }
    }

    /// Input for the guest in pieces that a frame can carry.
    static final class ExecPieces {
        private ExecPieces() {}

        static List<dev.mvm.protocol.hostd.ExecInput> of(ExecInput input) {
            return switch (input.getInputCase()) {
                case STDIN -> pieces(input.getStdin().toByteArray());
                case STDIN_END -> List.of(new dev.mvm.protocol.hostd.ExecInput.StdinEnd());
                case RESIZE ->
                    List.of(new dev.mvm.protocol.hostd.ExecInput.Resize(new Program.TerminalSize(
                            input.getResize().getRows(), input.getResize().getColumns())));
                case SIGNAL -> List.of(new dev.mvm.protocol.hostd.ExecInput.Signal(input.getSignal()));
                case START, INPUT_NOT_SET -> throw new IllegalArgumentException("not input for a program");
            };
        }

        private static List<dev.mvm.protocol.hostd.ExecInput> pieces(byte[] data) {
            var out = new java.util.ArrayList<dev.mvm.protocol.hostd.ExecInput>();
            for (int at = 0; at < data.length; at += dev.mvm.protocol.hostd.ExecInput.MAX) {
                int end = Math.min(data.length, at + dev.mvm.protocol.hostd.ExecInput.MAX);
                out.add(new dev.mvm.protocol.hostd.ExecInput.Stdin(
                        Bytes.of(java.util.Arrays.copyOfRange(data, at, end))));
            }
            return out;
        }
    }
}
