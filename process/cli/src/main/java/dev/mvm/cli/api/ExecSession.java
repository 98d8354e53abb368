package dev.mvm.cli.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.mvm.cli.failure.Failure;
import dev.mvm.model.InstanceAddress;
import dev.mvm.protocol.control.v1.ExecInput;
import dev.mvm.protocol.control.v1.ExecOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLException;

/// A program that runs in an instance, or its logs, over a WebSocket: each message is one ExecInput or ExecOutput.
public final class ExecSession {
    private static final int PIECE = 16 * 1024;

    private final OutputStream stdout;
    private final OutputStream stderr;
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();
    private final WebSocket socket;
    private CompletableFuture<WebSocket> sent = CompletableFuture.completedFuture(null);

    private ExecSession(
            CoordinatorClient coordinator,
            InstanceAddress address,
            String kind,
            OutputStream stdout,
            OutputStream stderr)
            throws Failure {
        this.stdout = stdout;
        this.stderr = stderr;
        var path = "/v1/instances/" + address.tenant() + "/" + address.pool() + "/" + address.instance() + "/" + kind;
        try {
            var builder = coordinator.http().newWebSocketBuilder();
            coordinator.authorization().ifPresent(value -> builder.header("Authorization", value));
            this.socket = builder.buildAsync(coordinator.socketAddress(path), new Listener())
                    .join();
        } catch (CompletionException e) {
            throw notOpened(coordinator, cause(e));
        }
    }

    private static Throwable cause(Exception e) {
        return Objects.requireNonNullElse(e.getCause(), e);
    }

    private static Failure notOpened(CoordinatorClient coordinator, Throwable cause) {
        return switch (cause) {
            case ConnectException _ -> coordinator.unreachable();
            case SSLException untrusted -> coordinator.untrusted(untrusted);
            case WebSocketHandshakeException refused -> CoordinatorClient.refused(refused.getResponse());
            default -> new Failure("lost the connection to the coordinator: " + cause.getMessage());
        };
    }

    /// Opens a session. A thread of the HTTP client writes its output to the two streams, and to the second how much
    /// of it was not kept.
    ///
    /// @param kind last part of the path: `exec` or `logs`
    /// @param first the message that says what is wanted
    public static ExecSession start(
            CoordinatorClient coordinator,
            InstanceAddress address,
            String kind,
            ExecInput first,
            OutputStream stdout,
            OutputStream stderr)
            throws Failure {
        var session = new ExecSession(coordinator, address, kind, stdout, stderr);
        session.send(first);
        return session;
    }

    /// Sends `input` to the program until its end; blocks while the program does not read.
    public void feed(InputStream input) throws IOException {
        var piece = new byte[PIECE];
        for (int read = input.read(piece); read >= 0; read = input.read(piece)) {
            var bytes = ByteString.copyFrom(Arrays.copyOf(piece, read));
            send(ExecInput.newBuilder().setStdin(bytes).build());
        }
        send(ExecInput.newBuilder().setStdinEnd(true).build());
    }

    public void resize(int rows, int columns) {
        var resize = ExecInput.Resize.newBuilder().setRows(rows).setColumns(columns);
        send(ExecInput.newBuilder().setResize(resize).build());
    }

    /// Sends one message at a time, each after the previous one was sent.
    private void send(ExecInput message) {
        CompletableFuture<WebSocket> next;
        synchronized (this) {
            next = sent.thenCompose(_ -> socket.sendBinary(ByteBuffer.wrap(message.toByteArray()), true));
            sent = next;
        }
        try {
            next.join();
        } catch (CompletionException e) {
            exit.completeExceptionally(new Failure("lost the connection to the coordinator"));
        }
    }

    /// Waits until the program ends.
    ///
    /// @return the program's exit status, or 128 plus the number of the signal that ended it
    public int await() throws Failure, InterruptedException {
        try {
            return exit.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Failure failure) {
                throw failure;
            }
            throw new Failure("the session failed: " + cause(e).getMessage());
        }
    }

    private void take(byte[] message) throws IOException {
        var output = parsed(message);
        switch (output.getOutputCase()) {
            case STDOUT -> {
                output.getStdout().writeTo(stdout);
                stdout.flush();
            }
            case STDERR -> {
                output.getStderr().writeTo(stderr);
                stderr.flush();
            }
            case LOST -> {
                stderr.write(("mvm: " + Long.toUnsignedString(output.getLost()) + " bytes before this were not kept\n")
                        .getBytes(UTF_8));
                stderr.flush();
            }
            case EXIT -> exit.complete(output.getExit().getStatus());
            case PROBLEM -> {
                var problem = output.getProblem();
                exit.completeExceptionally(new Failure(problem.getMessage(), problem.getReason()));
            }
            case OUTPUT_NOT_SET -> throw new IOException("message of a newer coordinator, unknown to this version");
        }
    }

    private static ExecOutput parsed(byte[] message) throws IOException {
        try {
            return ExecOutput.parseFrom(message);
        } catch (InvalidProtocolBufferException e) {
            throw new IOException("malformed message", e);
        }
    }

    private final class Listener implements WebSocket.Listener {
        private final ByteArrayOutputStream partial = new ByteArrayOutputStream();

        @Override
        public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
            var bytes = new byte[data.remaining()];
            data.get(bytes);
            partial.writeBytes(bytes);
            if (last) {
                var message = partial.toByteArray();
                partial.reset();
                try {
                    take(message);
                } catch (IOException e) {
                    exit.completeExceptionally(new Failure("cannot pass on the program's output: " + e.getMessage()));
                }
            }
            from.request(1);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            exit.completeExceptionally(new Failure("the session was closed" + (reason.isEmpty() ? "" : ": " + reason)));
            return CompletableFuture.completedStage(null);
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            exit.completeExceptionally(new Failure("lost the connection to the coordinator"));
        }
    }

    /// Ends the session and, if the program still runs, the program.
    public void close() {
        socket.abort();
    }
}
