package dev.mvm.coordinator.grpc;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.api.LogService;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.error.Refusals;
import dev.mvm.coordinator.exec.Relay;
import dev.mvm.coordinator.exec.Sessions;
import dev.mvm.coordinator.node.NodeLink;
import dev.mvm.coordinator.node.NodeReportSanitizer;
import dev.mvm.coordinator.node.Nodes;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.control.v1.ConsistencyRequest;
import dev.mvm.protocol.control.v1.ConsistencyResponse;
import dev.mvm.protocol.control.v1.CoordinatorMessage;
import dev.mvm.protocol.control.v1.NodeLinkGrpc;
import dev.mvm.protocol.control.v1.NodeMessage;
import dev.mvm.protocol.control.v1.RenewRequest;
import dev.mvm.protocol.control.v1.RenewResponse;
import dev.mvm.protocol.control.v1.SessionInput;
import dev.mvm.protocol.control.v1.SessionOutput;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The NodeLink service. The node of a call is always the one in its certificate.
final class NodeEndpoint implements NodeLinkGrpc.AsyncService {
    private static final Logger LOG = LoggerFactory.getLogger(NodeEndpoint.class);

    /// Answers about keys on one connection that come too late, or without a question.
    private static final int MOST_UNREQUESTED = 16;

    private static final int MOST_ATTESTATION_KEY = 1024;

    private final Nodes nodes;
    private final Sessions sessions;
    private final CallAdmission admission;
    private final Renewal renewal;
    private final LogService log;
    private final Refusals refusals;
    private final Runnable arrived;

    /// @param arrived run when a node has connected and sent hello, or reports another trust root, or has lost its keys
    NodeEndpoint(
            Nodes nodes,
            Sessions sessions,
            CallAdmission admission,
            Renewal renewal,
            LogService log,
            Refusals refusals,
            Runnable arrived) {
        this.nodes = nodes;
        this.sessions = sessions;
        this.admission = admission;
        this.renewal = renewal;
        this.log = log;
        this.refusals = refusals;
        this.arrived = arrived;
    }

    /// Issues new certificates to callers.
    @FunctionalInterface
    interface Renewal {
        RenewResponse renew(Caller caller, RenewRequest request) throws ProblemException;
    }

    private record WatchWire(ServerCallStreamObserver<CoordinatorMessage> stream) implements NodeLink.Wire {
        @Override
        public boolean ready() {
            return stream.isReady();
        }

        @Override
        public void send(CoordinatorMessage message) {
            stream.onNext(message);
        }

        @Override
        public void end(ProblemException why) {
            stream.onError(why.status());
        }
    }

    @Override
    public StreamObserver<NodeMessage> watch(StreamObserver<CoordinatorMessage> answer) {
        var caller = Caller.current();
        var stream = (ServerCallStreamObserver<CoordinatorMessage>) answer;
        var link = new NodeLink(new NodeId(caller.peer().name()), new WatchWire(stream));
        var over = admission.lasting(caller, link::end);
        Runnable gone = () -> {
            over.run();
            nodes.disconnected(link);
            LOG.info("node {} has disconnected", link.node());
        };
        stream.setOnReadyHandler(link::writable);
        stream.setOnCancelHandler(gone);
        stream.setOnCloseHandler(gone);
        return new Watching(link, stream);
    }

    /// Receives the messages of a node's watch.
    private final class Watching implements StreamObserver<NodeMessage> {
        private final NodeLink link;
        private final StreamObserver<CoordinatorMessage> answer;
        private boolean introduced;
        private int roots;
        private int unrequested;
        private String mode = "";

        private Watching(NodeLink link, StreamObserver<CoordinatorMessage> answer) {
            this.link = link;
            this.answer = answer;
        }

        @Override
        public void onNext(NodeMessage message) {
            if (!introduced && message.getMessageCase() != NodeMessage.MessageCase.HELLO) {
                link.end(ProblemException.invalid("the first message is hello"));
                return;
            }
            switch (message.getMessageCase()) {
                case HELLO -> hello(message.getHello());
                case REPORT -> report(message.getReport());
                case STATE_ANSWER -> nodes.stateAnswer(link, message.getStateAnswer());
                case VERB_ANSWER -> link.answered(message.getVerbAnswer().getRequest(), message);
                case AGENT_ANSWER -> link.answered(message.getAgentAnswer().getRequest(), message);
                case NETWORKS_ANSWER ->
                    link.answered(message.getNetworksAnswer().getRequest(), message);
                case AUDIT_ANSWER -> link.answered(message.getAuditAnswer().getRequest(), message);
                case KEY_STATEMENT ->
                    keys(link.answered(message.getKeyStatement().getRequest(), message));
                case KEY_BLOB_ANSWER ->
                    keys(link.answered(message.getKeyBlobAnswer().getRequest(), message));
                case MESSAGE_NOT_SET -> link.end(ProblemException.invalid("a message without content"));
            }
        }

        private void report(NodeMessage.Report report) {
            nodes.report(link, report.getInstancesList());
            if (link.keys().reported(report.getKeyPeriod())) {
                arrived.run();
            }
        }

        /// Statements are large, and the coordinator asks for each; some come too late.
        ///
        /// @param awaited whether a thread has waited for the answer
        private void keys(boolean awaited) {
            if (!awaited && ++unrequested > MOST_UNREQUESTED) {
                link.end(new ProblemException(
                        Fault.LIMITED, "rate_limited", "the node answers challenges that it was not sent"));
            }
        }

        private void hello(NodeMessage.Hello hello) {
            boolean first = !introduced;
            if (first) {
                introduced = true;
                LOG.info("node {} has connected", link.node());
                nodes.connected(link);
            }
            var node = hello.getNode();
            nodes.hello(link, node);
            if (hello.getTakesKeyBlobs() && hello.getAttestationKey().size() <= MOST_ATTESTATION_KEY) {
                link.keys().takesBlobs(hello.getAttestationKey());
            }
            if (first || node.getRootVersion() != roots || !node.getMode().equals(mode)) {
                roots = node.getRootVersion(); // nothing but this and the mode changes what is sent
                mode = node.getMode();
                arrived.run();
            }
        }

        @Override
        public void onError(Throwable cancelled) {
            // the cancel handler has run already
        }

        @Override
        public void onCompleted() {
            answer.onCompleted();
        }
    }

    @Override
    public StreamObserver<SessionInput> session(StreamObserver<SessionOutput> answer) {
        var caller = Caller.current();
        var stream = (ServerCallStreamObserver<SessionOutput>) answer;
        stream.disableAutoRequest();
        var joining = new Joining(caller, new GrpcNodeEnd(stream));
        var over = admission.lasting(caller, _ -> joining.gone());
        stream.setOnReadyHandler(joining::writable);
        stream.setOnCancelHandler(() -> {
            over.run();
            joining.gone();
        });
        stream.setOnCloseHandler(over);
        stream.request(1);
        return joining;
    }

    /// A node's stream for one session, which the first message names.
    private final class Joining implements StreamObserver<SessionInput> {
        private final Caller caller;
        private final GrpcNodeEnd end;
        private volatile Optional<Relay> relay = Optional.empty();

        private Joining(Caller caller, GrpcNodeEnd end) {
            this.caller = caller;
            this.end = end;
        }

        @Override
        public void onNext(SessionInput input) {
            if (relay.isEmpty()) {
                join(input.getSession());
                return;
            }
            switch (input.getInputCase()) {
                case OUTPUT -> relay.get().fromNode(input.getOutput());
                case PROBLEM -> relay.get().nodeProblem(NodeReportSanitizer.problem(input.getProblem()));
                case SESSION, INPUT_NOT_SET -> relay.get().nodeGone();
            }
        }

        private void join(ByteString session) {
            relay = sessions.claim(new NodeId(caller.peer().name()), session);
            if (relay.isEmpty()) {
                var problem = new ProblemException(
                        Fault.MISSING,
                        "unknown_session",
                        "this node was not asked to open this session, or its time limit has passed");
                refusals.note(caller.peer().toString(), "Session", problem);
                end.cancel(problem);
                return;
            }
            relay.get().opened(end);
        }

        private void gone() {
            relay.ifPresent(Relay::nodeGone);
        }

        private void writable() {
            relay.ifPresent(Relay::nodeWritable);
        }

        @Override
        public void onError(Throwable cancelled) {
            gone();
        }

        @Override
        public void onCompleted() {
            if (relay.isPresent()) {
                relay.get().nodeEnded();
            } else {
                end.cancel(ProblemException.invalid("the first message names the session"));
            }
        }
    }

    @Override
    public void consistency(ConsistencyRequest request, StreamObserver<ConsistencyResponse> answer) {
        try {
            var path = log.consistency(request.getFrom(), request.getTo());
            answer.onNext(ConsistencyResponse.newBuilder()
                    .addAllHashes(LogService.bytes(path))
                    .build());
            answer.onCompleted();
        } catch (StoreException e) {
            LOG.error("no consistency proof: {}", e.getMessage());
            answer.onError(ProblemException.of(e).status());
        } catch (ProblemException e) {
            note("Consistency", e);
            answer.onError(e.status());
        }
    }

    @Override
    public void renew(RenewRequest request, StreamObserver<RenewResponse> answer) {
        try {
            answer.onNext(renewal.renew(Caller.current(), request));
            answer.onCompleted();
        } catch (ProblemException e) {
            note("Renew", e);
            answer.onError(e.status());
        }
    }

    private void note(String method, ProblemException problem) {
        refusals.note(Caller.current().peer().toString(), method, problem);
    }
}
