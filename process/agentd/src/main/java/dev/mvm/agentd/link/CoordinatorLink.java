package dev.mvm.agentd.link;

import dev.mvm.agentd.audit.TenantAudits;
import dev.mvm.agentd.execute.Backoff;
import dev.mvm.agentd.metrics.Tally;
import dev.mvm.agentd.reconcile.Observed;
import dev.mvm.agentd.reconcile.Reconciler;
import dev.mvm.agentd.reconcile.StateDelivery;
import dev.mvm.protocol.control.v1.CoordinatorMessage;
import dev.mvm.protocol.control.v1.NodeLinkGrpc;
import dev.mvm.protocol.control.v1.NodeMessage;
import dev.mvm.protocol.trust.store.TrustStore;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/// Keeps one Watch stream to the coordinator: says what the node is and has, takes states and verbs. While the
/// coordinator is away the node goes on with its last state, and tries again with growing pauses.
public final class CoordinatorLink implements Runnable {
    private static final Duration REPORT_PERIOD = Duration.ofSeconds(30);
    private static final String PEER = "coordinator";

    private final ManagedChannel channel;
    private final TrustStore trust;
    private final Observed observed;
    private final NodeReports reports;
    private final StateDelivery delivery;
    private final VerbAnswers verbs;
    private final AgentAnswers answers;
    private final SessionRelay sessions;
    private final Reconciler reconciler;
    private final TenantAudits audits;
    private final Tally tally;
    private final RequestLimiter asides = new RequestLimiter(Thread::startVirtualThread);
    private volatile boolean answered;
    private final Backoff<String> backoff;
    private final InstantSource clock;
    private final Consumer<String> log;
    private final AtomicReference<Optional<WatchOutbox>> outbox = new AtomicReference<>(Optional.empty());

    public CoordinatorLink(
            ManagedChannel channel,
            TrustStore trust,
            Observed observed,
            NodeReports reports,
            StateDelivery delivery,
            VerbAnswers verbs,
            AgentAnswers answers,
            SessionRelay sessions,
            Reconciler reconciler,
            TenantAudits audits,
            Tally tally,
            Backoff<String> backoff,
            InstantSource clock,
            Consumer<String> log) {
        this.channel = channel;
        this.trust = trust;
        this.observed = observed;
        this.reports = reports;
        this.delivery = delivery;
        this.verbs = verbs;
        this.answers = answers;
        this.sessions = sessions;
        this.reconciler = reconciler;
        this.audits = audits;
        this.tally = tally;
        this.backoff = backoff;
        this.clock = clock;
        this.log = log;
    }

    @Override
    public void run() {
        try {
            while (true) {
                channel.resetConnectBackoff(); // the pauses are made here, and not by the channel as well
                watch();
                backoff.failed(PEER, clock.instant());
                var until = backoff.next(clock.instant()).orElse(clock.instant());
                Thread.sleep(Duration.between(clock.instant(), until).plusMillis(1));
            }
        } catch (InterruptedException e) {
            outbox.get().ifPresent(WatchOutbox::close);
        }
    }

    /// Tells the coordinator what there is now. Of instances nothing is known while hostd does not answer.
    public void report() {
        var out = outbox.get().filter(WatchOutbox::hasRoom);
        if (out.isPresent()) {
            var seen = observed.latest();
            out.get().send(reports.hello(seen, trust));
            seen.ifPresent(now -> out.get().send(reports.report(now, trust.installed())));
        }
    }

    /// One stream, from its beginning to its end.
    private void watch() throws InterruptedException {
        var ended = new CountDownLatch(1);
        var _ = NodeLinkGrpc.newStub(channel).watch(new ClientResponseObserver<NodeMessage, CoordinatorMessage>() {
            @Override
            public void beforeStart(ClientCallStreamObserver<NodeMessage> stream) {
                outbox.set(Optional.of(
                        new WatchOutbox(stream, () -> Thread.ofVirtual().start(CoordinatorLink.this::report))));
            }

            @Override
            public void onNext(CoordinatorMessage message) {
                backoff.worked(PEER);
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
                log.accept("the coordinator: " + Status.fromThrowable(cause).getCode() + " "
                        + Optional.ofNullable(Status.fromThrowable(cause).getDescription())
                                .orElse(""));
                ended.countDown();
            }

            @Override
            public void onCompleted() {
                log.accept("the coordinator has ended the stream");
                ended.countDown();
            }
        });
        do {
            report();
        } while (!ended.await(REPORT_PERIOD.toSeconds(), TimeUnit.SECONDS));
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
            case ROOTS -> roots(message.getRoots());
            case STATE -> state(message.getState());
            case VERB -> aside(message, () -> verb(message.getVerb()));
            case VERIFY_NETWORKS -> aside(message, () -> send(verbs.to(message.getVerifyNetworks())));
            case READ_AUDIT -> aside(message, () -> audit(message.getReadAudit()));
            case ASK_AGENT -> aside(message, () -> asked(message.getAskAgent()));
            case OPEN_SESSION -> {
                if (!sessions.open(message.getOpenSession().getSession())) {
                    tally.requestLimited(RequestTypes.of(message));
                }
            }
            case MESSAGE_NOT_SET -> log.accept("the coordinator sent a message that this agent does not know");
        }
    }

    /// Works on a request beside the stream, unless there are too many already.
    private void aside(CoordinatorMessage request, Runnable work) {
        if (!asides.begin(request, work)) {
            tally.requestLimited(RequestTypes.of(request));
            send(BusyReplies.to(request));
        }
    }

    private void audit(CoordinatorMessage.ReadAudit request) {
        var answer = AuditAnswers.of(audits, request);
        if (!answer.getAuditAnswer().getReason().isEmpty()) {
            tally.requestFailed("read_audit");
        }
        send(answer);
    }

    private void state(CoordinatorMessage.State state) {
        var grants =
                state.getGrantsList().stream().map(grant -> grant.toByteArray()).toList();
        Optional<String> refused;
        try {
            refused = delivery.take(
                    state.getEnvelope().toByteArray(), grants, state.getProof().toByteArray());
        } catch (IOException e) {
            log.accept("the state cannot be kept: " + e.getMessage());
            refused = Optional.of("agent_state_directory");
        }
        answer(refused);
        reconciler.wake();
    }

    private void roots(CoordinatorMessage.Roots roots) {
        var envelopes =
                roots.getRootsList().stream().map(root -> root.toByteArray()).toList();
        Optional<String> refused;
        try {
            refused = delivery.takeRoots(envelopes);
        } catch (IOException e) {
            log.accept("the trust root cannot be kept: " + e.getMessage());
            refused = Optional.of("agent_state_directory");
        }
        if (refused.isPresent()) {
            answer(refused);
        }
        report();
        reconciler.wake();
    }

    private void answer(Optional<String> refused) {
        refused.ifPresent(_ -> tally.requestFailed("state"));
        var answer = NodeMessage.StateAnswer.newBuilder()
                .setSequence(
                        trust.installed().map(s -> s.state().value().sequence()).orElse(0L))
                .setAccepted(refused.isEmpty())
                .setReason(refused.orElse(""));
        send(NodeMessage.newBuilder().setStateAnswer(answer).build());
    }

    private void verb(CoordinatorMessage.VerbRequest request) {
        send(verbs.to(request));
        report();
    }

    private void asked(CoordinatorMessage.AskAgent request) {
        var answer = answers.to(request.getRequest(), request.getQuestion());
        send(NodeMessage.newBuilder().setAgentAnswer(answer).build());
    }

    private void send(NodeMessage message) {
        outbox.get().ifPresent(out -> out.send(message));
    }
}
