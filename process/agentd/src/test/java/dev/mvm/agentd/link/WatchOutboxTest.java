package dev.mvm.agentd.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.protocol.control.v1.NodeMessage;
import io.grpc.stub.ClientCallStreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A coordinator that takes nothing.
final class WatchOutboxTest {
    private final Wire wire = new Wire();
    private final AtomicInteger room = new AtomicInteger();
    private final WatchOutbox outbox = new WatchOutbox(wire, room::incrementAndGet);

    /// A stream whose peer takes what is sent while `ready`.
    private static final class Wire extends ClientCallStreamObserver<NodeMessage> {
        private final List<NodeMessage> sent = new ArrayList<>();
        private Runnable onReady = () -> {};
        private boolean ready;
        private int requested;

        @Override
        public boolean isReady() {
            return ready;
        }

        @Override
        public void setOnReadyHandler(Runnable handler) {
            onReady = handler;
        }

        @Override
        public void disableAutoRequestWithInitial(int initial) {
            requested = initial;
        }

        @Override
        public void request(int count) {
            requested += count;
        }

        @Override
        public void onNext(NodeMessage message) {
            sent.add(message);
        }

        @Override
        public void cancel(@Nullable String message, @Nullable Throwable cause) {
            throw new AssertionError("nothing is broken off");
        }

        @Override
        public void disableAutoInboundFlowControl() {
            throw new AssertionError("the older way");
        }

        @Override
        public void setMessageCompression(boolean compressed) {
            throw new AssertionError("nothing is compressed");
        }

        @Override
        public void onError(Throwable cause) {
            throw new AssertionError(cause);
        }

        @Override
        public void onCompleted() {}

        void takes(boolean takes) {
            ready = takes;
            if (takes) {
                onReady.run();
            }
        }
    }

    @Test
    @Tag("claim-G5")
    void report_waitsUntilTheOneBeforeIsTaken_andIsAskedForThen() {
        assertThat(outbox.hasRoom()).isFalse();
        assertThat(outbox.hasRoom()).isFalse();
        wire.takes(true);
        assertThat(room).hasValue(1);
        assertThat(outbox.hasRoom()).isTrue();
        wire.takes(true);
        assertThat(room).hasValue(1);
    }

    @Test
    @Tag("claim-G5")
    void nothingIsReadOfACoordinator_thatTakesNoAnswers() {
        assertThat(wire.requested).isEqualTo(1);
        outbox.next();
        assertThat(wire.requested).isEqualTo(1);
        wire.takes(true);
        assertThat(wire.requested).isEqualTo(2);
        outbox.next();
        assertThat(wire.requested).isEqualTo(3);
        wire.takes(true);
        assertThat(wire.requested).isEqualTo(3);
    }

    @Test
    void answer_goesOut_whetherThereIsRoomOrNot() {
        outbox.send(NodeMessage.getDefaultInstance());
        assertThat(wire.sent).hasSize(1);
    }

    @Test
    void streamThatIsOver_takesNothing() {
        outbox.ended();
        outbox.send(NodeMessage.getDefaultInstance());
        outbox.next();
        wire.takes(true);
        assertThat(wire.sent).isEmpty();
        assertThat(wire.requested).isEqualTo(1);
        assertThat(room).hasValue(0);
    }
}
