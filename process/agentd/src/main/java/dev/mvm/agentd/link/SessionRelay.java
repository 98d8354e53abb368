package dev.mvm.agentd.link;

import com.google.protobuf.ByteString;
import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.control.v1.ExecInput;
import dev.mvm.protocol.control.v1.ExecStart;
import dev.mvm.protocol.control.v1.LogsStart;
import dev.mvm.protocol.control.v1.NodeLinkGrpc;
import dev.mvm.protocol.control.v1.Problem;
import dev.mvm.protocol.control.v1.SessionInput;
import dev.mvm.protocol.control.v1.SessionOutput;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.guest.exec.ExecSignal;
import dev.mvm.protocol.guest.exec.RunningProgram;
import dev.mvm.protocol.guest.exec.TerminalSize;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.client.ReplyCode;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Relays programs that operators run in instances, and logs of these: bytes between the coordinator's stream and
/// hostd's connection,
/// as fast as the slower side takes them.
public final class SessionRelay {
    /// Most bytes of arguments, variables and directory together, so that they fit a frame of the guest protocol.
    private static final int MAX_BYTES = 30_000;

    /// Most sessions: as many as a coordinator has in all.
    static final int MOST = 256;

    /// The most that a coordinator sends at once is 64 KiB of input.
    private static final int MAX_MESSAGE = 80 << 10;

    private final ManagedChannel channel;
    private final Hostd hostd;
    private final Consumer<String> log;
    private final Semaphore places = new Semaphore(MOST);

    public SessionRelay(ManagedChannel channel, Hostd hostd, Consumer<String> log) {
        this.channel = channel;
        this.hostd = hostd;
        this.log = log;
    }

    /// Opens a session for the coordinator. Returns at once; callbacks do everything else.
    ///
    /// @return false if too many sessions are open
    boolean open(ByteString session) {
        if (!places.tryAcquire()) {
            return false;
        }
        Thread.ofVirtual().start(() -> {
            var relay = new Relay();
            NodeLinkGrpc.newStub(channel).withMaxInboundMessageSize(MAX_MESSAGE).session(relay);
            relay.begin(session);
        });
        return true;
    }

    private static ExecRequest request(ExecStart start) {
        var argv = start.getArgvList().stream().map(SessionRelay::bytes).toList();
        var env = start.getEnvList().stream().map(SessionRelay::bytes).toList();
        var directory = bytes(start.getDirectory());
        int size = directory.length()
                + Stream.concat(argv.stream(), env.stream())
                        .mapToInt(Bytes::length)
                        .sum();
        if (size > MAX_BYTES || argv.isEmpty() || argv.getFirst().length() == 0) {
            throw new IllegalArgumentException("expected a program, and at most " + MAX_BYTES + " bytes in all");
        }
        Optional<TerminalSize> terminal =
                start.getTty() ? Optional.of(new TerminalSize(start.getRows(), start.getColumns())) : Optional.empty();
        return new ExecRequest(argv, env, directory, terminal, start.getStdin());
    }

    private static Bytes bytes(String text) {
        return Bytes.of(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    /// One session. gRPC calls its methods one at a time, the handler of readiness among them. If one of them
    /// waited for the program, output that waits for readiness would wait for input that waits for output. So
    /// input has a thread of its own, and so has output.
    private final class Relay implements ClientResponseObserver<SessionInput, SessionOutput> {
        private final CompletableFuture<SessionSource> source = new CompletableFuture<>();
        private final ExecutorService input =
                Executors.newSingleThreadExecutor(Thread.ofVirtual().factory());
        private final Object ready = new Object();
        private boolean over;
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

        /// Requests the next message when this one has been passed on, so that messages do not pile up.
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
                switch (message.getInputCase()) {
                    case START -> start(message.getStart());
                    case LOGS -> start(message.getLogs());
                    default -> {
                        if (source.isDone()) {
                            forward(message, source.join());
                        }
                    }
                }
                requests.join().request(1);
            } catch (IOException e) {
                end("guest_unreachable", "the connection to the program broke");
            } catch (IllegalArgumentException e) {
                end("malformed", "not a program that can be run: " + e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void start(ExecStart start) throws IOException, InterruptedException {
            requireFirst();
            switch (hostd.exec(new InstanceId(start.getInstance()), request(start))) {
                case Hostd.Exec.Running(var running) -> show(new SessionSource.Program(running, log));
                case Hostd.Exec.NotRunning(var reply) -> refused(reply);
            }
        }

        private void start(LogsStart start) throws IOException, InterruptedException {
            requireFirst();
            switch (hostd.logs(new InstanceId(start.getInstance()), start.getFollow())) {
                case Hostd.Logs.Opened(var stream) -> show(new SessionSource.Console(stream));
                case Hostd.Logs.NotOpened(var reply) -> refused(reply);
            }
        }

        private void requireFirst() {
            if (source.isDone()) {
                throw new IllegalArgumentException("started twice");
            }
        }

        private void show(SessionSource opened) {
            source.complete(opened);
            Thread.ofVirtual().start(() -> pump(opened));
        }

        private void refused(HostReply reply) {
            var reason = ReplyCode.of(reply);
            end(reason, Explanations.of(reason));
        }

        private void forward(ExecInput message, SessionSource to) throws InterruptedException {
            if (to instanceof SessionSource.Program(var running, var _)) {
                forward(message, running);
            } else if (message.getInputCase() != ExecInput.InputCase.STDIN_END) { // which follows the operator's end
                throw new IllegalArgumentException("a console takes no input");
            }
        }

        private static void forward(ExecInput message, RunningProgram running) throws InterruptedException {
            try {
                switch (message.getInputCase()) {
                    case STDIN -> running.stdin(Bytes.of(message.getStdin().toByteArray()));
                    case STDIN_END -> running.closeStdin();
                    case RESIZE -> running.resize(size(message.getResize()));
                    case SIGNAL -> signal(message.getSignal(), running);
                    case START, LOGS, INPUT_NOT_SET -> throw new IllegalArgumentException("not input for a program");
                }
            } catch (IllegalStateException e) {
                throw new IllegalArgumentException(e.getMessage(), e);
            }
        }

        private static TerminalSize size(ExecInput.Resize resize) {
            return new TerminalSize(resize.getRows(), resize.getColumns());
        }

        /// Signals that the protocol does not carry are ignored.
        private static void signal(int number, RunningProgram running) throws InterruptedException {
            if (number < 1 || number > 64) {
                throw new IllegalArgumentException("not a signal number: " + number);
            }
            var signal = ExecSignal.of(number);
            if (signal.isPresent()) {
                running.signal(signal.get());
            }
        }

        /// Output, until the exit.
        private void pump(SessionSource shown) {
            try (shown) {
                while (true) {
                    awaitReady();
                    var output = shown.next();
                    requests.join()
                            .onNext(SessionInput.newBuilder().setOutput(output).build());
                    if (output.hasExit()) {
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
                while (!over && !stream.isReady()) {
                    ready.wait();
                }
                if (over) {
                    throw new IOException("the session is over");
                }
            }
        }

        /// Ends the session, once, for both ends of the stream. A program that is being started is ended as soon as
        /// it runs, and the session keeps its place until then: breaking off sessions makes no room for others.
        private void over() {
            synchronized (ready) {
                over = true;
                ready.notifyAll();
            }
            close();
            input.close();
            close();
            places.release();
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
            if (source.isDone()) {
                source.join().close();
            }
        }

        @Override
        public void onError(Throwable cause) {
            over();
            log.accept(
                    "a session was broken off: " + Status.fromThrowable(cause).getCode());
        }

        @Override
        public void onCompleted() {
            over();
        }
    }
}
