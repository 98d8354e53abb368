package dev.mvm.agentd.link;

import dev.mvm.agentd.metrics.Tally;
import dev.mvm.protocol.control.v1.CoordinatorMessage;
import dev.mvm.protocol.control.v1.NodeLinkGrpc;
import dev.mvm.protocol.control.v1.NodeMessage;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Keeps one Watch stream to the coordinator: sends reports, takes states and requests. While the coordinator is
/// away the node goes on with its last state, and the link tries again with growing pauses.
public final class CoordinatorLink implements Runnable {
    private static final Duration REPORT_PERIOD = Duration.ofSeconds(30);

    private final ManagedChannel channel;
    private final Supplier<List<NodeMessage>> reports;
    private final StateAnswers states;
    private final RequestAnswers requests;
    private final Tally tally;
    private final Reconnect reconnect;
    private final Consumer<String> log;
    private final AtomicReference<Optional<WatchOutbox>> outbox = new AtomicReference<>(Optional.empty());
    private volatile boolean answered;

    /// @param reports gives the messages that describe the node as it is now
    public CoordinatorLink(
            ManagedChannel channel,
            Supplier<List<NodeMessage>> reports,
            StateAnswers states,
            RequestAnswers requests,
            Tally tally,
            Reconnect reconnect,
            Consumer<String> log) {
        this.channel = channel;
        this.reports = reports;
        this.states = states;
        this.requests = requests;
        this.tally = tally;
        this.reconnect = reconnect;
        this.log = log;
    }

    @Override
    public void run() {
        try {
            while (true) {
                channel.resetConnectBackoff(); // the pauses are made here, and not by the channel as well
                watch();
                Thread.sleep(reconnect.next());
            }
        } catch (InterruptedException e) {
            outbox.get().ifPresent(WatchOutbox::close);
        }
    }

    /// Sends the coordinator a report. No-op while there is no stream, or no room on it.
    public void report() {
        outbox.get().filter(WatchOutbox::hasRoom).ifPresent(out -> reports.get().forEach(out::send));
    }

    /// One stream, from its beginning to its end.
    private void watch() throws InterruptedException {
        var stream = new Watch();
        var _ = NodeLinkGrpc.newStub(channel).watch(stream);
        do {
            report();
        } while (!stream.ended.await(REPORT_PERIOD.toSeconds(), TimeUnit.SECONDS));
        outbox.getAndSet(Optional.empty()).ifPresent(WatchOutbox::ended);
        if (!answered) {
            tally.connection(false);
        }
        answered = false;
    }

    /// 1 if the coordinator has answered on the present stream, else 0.
    public int connected() {
        return answered ? 1 : 0;
    }

    private void receive(CoordinatorMessage message) {
        tally.request(RequestTypes.of(message));
        switch (message.getMessageCase()) {
            case ROOTS -> {
                states.to(message.getRoots()).ifPresent(this::send);
                report();
            }
            case STATE -> send(states.to(message.getState()));
            case VERB -> requests.begin(message, this::send, this::report); // as the verb has left the instance
            case VERIFY_NETWORKS, READ_AUDIT, ASK_AGENT, KEY_CHALLENGE, KEY_BLOB ->
                requests.begin(message, this::send, () -> {});
            case OPEN_SESSION -> requests.open(message);
            case MESSAGE_NOT_SET -> log.accept("the coordinator sent a message that this agent does not know");
        }
    }

    private void send(NodeMessage message) {
        outbox.get().ifPresent(out -> out.send(message));
    }

    /// The coordinator's side of one stream.
    private final class Watch implements ClientResponseObserver<NodeMessage, CoordinatorMessage> {
        private final CountDownLatch ended = new CountDownLatch(1);

        @Override
        public void beforeStart(ClientCallStreamObserver<NodeMessage> stream) {
            outbox.set(
                    Optional.of(new WatchOutbox(stream, () -> Thread.ofVirtual().start(CoordinatorLink.this::report))));
        }

        @Override
        public void onNext(CoordinatorMessage message) {
            reconnect.worked();
            if (!answered) {
                answered = true;
                tally.connection(true);
            }
            try {
                receive(message);
            } finally {
                outbox.get().ifPresent(WatchOutbox::next);
            }
        }

        @Override
        public void onError(Throwable cause) {
            var status = Status.fromThrowable(cause);
            log.accept("the coordinator: " + status.getCode() + " "
                    + Optional.ofNullable(status.getDescription()).orElse(""));
            ended.countDown();
        }

        @Override
        public void onCompleted() {
            log.accept("the coordinator has ended the stream");
            ended.countDown();
        }
    }
}
