package dev.mvm.coordinator.rest;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.mvm.coordinator.api.ExecConversation;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.exec.OperatorEnd;
import dev.mvm.protocol.control.v1.ExecInput;
import dev.mvm.protocol.control.v1.ExecOutput;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;

/// One session over a WebSocket: binary messages, each one `ExecInput` or `ExecOutput`. A failure is a last
/// output that holds the problem.
///
/// Public only because Jetty looks its methods up by reflection.
public final class ExecSocket implements Session.Listener {
    /// Most bytes that may be on their way to the operator before the program has to wait.
    private static final long MAX_IN_FLIGHT = 256 * 1024;

    private static final long PING_SECONDS = 20;

    private final ExecConversation conversation;
    private final ScheduledExecutorService timer;
    private final Callers.Lasting lasting;
    private Runnable over = () -> {};
    private Optional<Session> session = Optional.empty();
    private Optional<Future<?>> pings = Optional.empty();
    private long inFlight;
    private int asked;
    private boolean demanded;

    ExecSocket(
            ExecConversation.Opening opening,
            Consumer<ProblemException> refused,
            Callers.Lasting lasting,
            ScheduledExecutorService timer) {
        this.timer = timer;
        this.lasting = lasting;
        this.conversation = new ExecConversation(opening, new End(), refused);
    }

    @Override
    public void onWebSocketOpen(Session opened) {
        synchronized (this) {
            session = Optional.of(opened);
            over = lasting.begin(this::end);
            // without pings, a lost operator is noticed only when something is sent
            pings = Optional.of(timer.scheduleWithFixedDelay(
                    () -> opened.sendPing(ByteBuffer.allocate(0), Callback.NOOP),
                    PING_SECONDS,
                    PING_SECONDS,
                    TimeUnit.SECONDS));
        }
        ask();
    }

    private void ask() {
        synchronized (this) {
            asked++;
        }
        demand();
    }

    /// Jetty takes one demand at a time.
    private void demand() {
        Optional<Session> from = Optional.empty();
        synchronized (this) {
            if (asked > 0 && !demanded) {
                demanded = true;
                from = session;
            }
        }
        from.ifPresent(Session::demand);
    }

    @Override
    public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
        synchronized (this) {
            demanded = false;
            asked--;
        }
        try {
            var input = ExecInput.parseFrom(payload);
            callback.succeed();
            conversation.message(input);
        } catch (InvalidProtocolBufferException e) {
            callback.succeed();
            refuse("the message is not an ExecInput");
        }
        demand();
    }

    @Override
    public void onWebSocketText(String message) {
        refuse("messages are binary");
    }

    private void refuse(String why) {
        end(ProblemException.invalid(why));
    }

    private void end(ProblemException why) {
        conversation.gone();
        new End().fail(why);
    }

    @Override
    public void onWebSocketClose(int statusCode, String reason, Callback callback) {
        over();
        callback.succeed();
    }

    @Override
    public void onWebSocketError(Throwable cause) {
        over();
    }

    private void over() {
        synchronized (this) {
            pings.ifPresent(future -> future.cancel(false));
            over.run();
        }
        conversation.gone();
    }

    /// The sending half.
    private final class End implements OperatorEnd {
        @Override
        public boolean ready() {
            synchronized (ExecSocket.this) {
                return inFlight < MAX_IN_FLIGHT;
            }
        }

        @Override
        public void send(ExecOutput output) {
            var bytes = output.toByteArray();
            Optional<Session> to;
            synchronized (ExecSocket.this) {
                inFlight += bytes.length;
                to = session;
            }
            to.ifPresent(open -> open.sendBinary(
                    ByteBuffer.wrap(bytes), Callback.from(() -> sent(bytes.length), _ -> conversation.gone())));
        }

        private void sent(int size) {
            synchronized (ExecSocket.this) {
                inFlight -= size;
            }
            conversation.writable();
        }

        @Override
        public void ask() {
            ExecSocket.this.ask();
        }

        @Override
        public void complete() {
            close(StatusCode.NORMAL, "");
        }

        @Override
        public void fail(ProblemException why) {
            send(ExecOutput.newBuilder().setProblem(why.problem()).build());
            close(StatusCode.SERVER_ERROR, why.problem().getReason());
        }

        private void close(int code, String reason) {
            synchronized (ExecSocket.this) {
                pings.ifPresent(future -> future.cancel(false));
            }
            current().ifPresent(open -> open.close(code, reason, Callback.NOOP));
        }

        private Optional<Session> current() {
            synchronized (ExecSocket.this) {
                return session;
            }
        }
    }
}
