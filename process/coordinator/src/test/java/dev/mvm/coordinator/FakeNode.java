package dev.mvm.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.trust.StateContent;
import dev.mvm.protocol.control.v1.CoordinatorMessage;
import dev.mvm.protocol.control.v1.Instance;
import dev.mvm.protocol.control.v1.Node;
import dev.mvm.protocol.control.v1.NodeLinkGrpc;
import dev.mvm.protocol.control.v1.NodeMessage;
import dev.mvm.protocol.control.v1.SessionInput;
import dev.mvm.protocol.control.v1.SessionOutput;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A node's agent as far as the coordinator can tell: takes every state, answers what the test tells it to.
public final class FakeNode implements AutoCloseable {
    private final TestFleet fleet;
    private final String name;
    private final ManagedChannel channel;
    private final StreamObserver<NodeMessage> stream;
    private final BlockingQueue<CoordinatorMessage.State> states = new LinkedBlockingQueue<>();
    public final BlockingQueue<CoordinatorMessage.Roots> roots = new LinkedBlockingQueue<>();
    public final BlockingQueue<CoordinatorMessage.VerbRequest> verbs = new LinkedBlockingQueue<>();
    public final BlockingQueue<CoordinatorMessage.VerifyNetworks> networks = new LinkedBlockingQueue<>();
    public final BlockingQueue<CoordinatorMessage.AskAgent> questions = new LinkedBlockingQueue<>();
    public final BlockingQueue<CoordinatorMessage.ReadAudit> audits = new LinkedBlockingQueue<>();
    public final BlockingQueue<CoordinatorMessage.KeyChallenge> challenges = new LinkedBlockingQueue<>();
    public final BlockingQueue<CoordinatorMessage.KeyBlob> blobs = new LinkedBlockingQueue<>();
    public final BlockingQueue<CoordinatorMessage.OpenSession> sessions = new LinkedBlockingQueue<>();

    /// Completes with the status when the coordinator ends the connection.
    public final CompletableFuture<Status> ended = new CompletableFuture<>();

    FakeNode(TestFleet fleet, String name, ManagedChannel channel) {
        this.fleet = fleet;
        this.name = name;
        this.channel = channel;
        // until there is room for one more connection, as a node would
        this.stream = NodeLinkGrpc.newStub(channel).withWaitForReady().watch(new StreamObserver<>() {
            @Override
            public void onNext(CoordinatorMessage message) {
                switch (message.getMessageCase()) {
                    case ROOTS -> roots.add(message.getRoots());
                    case STATE -> states.add(message.getState());
                    case VERB -> verbs.add(message.getVerb());
                    case OPEN_SESSION -> sessions.add(message.getOpenSession());
                    case VERIFY_NETWORKS -> networks.add(message.getVerifyNetworks());
                    case ASK_AGENT -> questions.add(message.getAskAgent());
                    case READ_AUDIT -> audits.add(message.getReadAudit());
                    case KEY_CHALLENGE -> challenges.add(message.getKeyChallenge());
                    case KEY_BLOB -> blobs.add(message.getKeyBlob());
                    case MESSAGE_NOT_SET -> throw new AssertionError("a message without content");
                }
            }

            @Override
            public void onError(Throwable error) {
                ended.complete(Status.fromThrowable(error));
            }

            @Override
            public void onCompleted() {
                ended.complete(Status.OK);
            }
        });
        hello(Node.newBuilder()
                .setMode("dev")
                .setHostname("host-of-" + name)
                .setVcpus(4)
                .setMemMib(8_192)
                .setRootVersion(1)
                .build());
    }

    public void hello(Node about) {
        stream.onNext(NodeMessage.newBuilder()
                .setHello(NodeMessage.Hello.newBuilder().setNode(about))
                .build());
    }

    /// Says hello, and that the node takes key blobs.
    public void helloTakingKeyBlobs() {
        var about =
                Node.newBuilder().setMode("dev").setHostname("host-of-" + name).setRootVersion(2);
        stream.onNext(NodeMessage.newBuilder()
                .setHello(NodeMessage.Hello.newBuilder()
                        .setNode(about)
                        .setTakesKeyBlobs(true)
                        .setAttestationKey(ByteString.copyFromUtf8("attestation key")))
                .build());
    }

    public void report(Instance... instances) {
        stream.onNext(NodeMessage.newBuilder()
                .setReport(NodeMessage.Report.newBuilder().addAllInstances(List.of(instances)))
                .build());
    }

    public static Instance instance(String address, String state) {
        return Instance.newBuilder()
                .setAddress(address)
                .setState(state)
                .setHealthy(true)
                .setIp("10.240.0.3")
                .setVcpus(2)
                .setMemMib(256)
                .build();
    }

    /// The next state, which the node takes.
    public StateContent nextState() throws InterruptedException {
        var state = take(states);
        var sequence = fleet.documents.place(state.getEnvelope()).sequence();
        stream.onNext(NodeMessage.newBuilder()
                .setStateAnswer(NodeMessage.StateAnswer.newBuilder()
                        .setSequence(sequence)
                        .setAccepted(true))
                .build());
        return fleet.documents.content(state.getEnvelope());
    }

    /// The next state, unanswered.
    public CoordinatorMessage.State rawState() throws InterruptedException {
        return take(states);
    }

    public void refuse(long sequence, String reason) {
        stream.onNext(NodeMessage.newBuilder()
                .setStateAnswer(NodeMessage.StateAnswer.newBuilder()
                        .setSequence(sequence)
                        .setReason(reason))
                .build());
    }

    public void answer(NodeMessage.VerbAnswer answer) {
        stream.onNext(NodeMessage.newBuilder().setVerbAnswer(answer).build());
    }

    public void answer(NodeMessage.AgentAnswer answer) {
        stream.onNext(NodeMessage.newBuilder().setAgentAnswer(answer).build());
    }

    public void answer(NodeMessage.NetworksAnswer answer) {
        stream.onNext(NodeMessage.newBuilder().setNetworksAnswer(answer).build());
    }

    public void answer(NodeMessage.AuditAnswer answer) {
        stream.onNext(NodeMessage.newBuilder().setAuditAnswer(answer).build());
    }

    public void answer(NodeMessage.KeyStatement answer) {
        stream.onNext(NodeMessage.newBuilder().setKeyStatement(answer).build());
    }

    public void answer(NodeMessage.KeyBlobAnswer answer) {
        stream.onNext(NodeMessage.newBuilder().setKeyBlobAnswer(answer).build());
    }

    /// Opens a session stream, as the one who was asked to.
    public StreamObserver<SessionInput> open(StreamObserver<SessionOutput> answers) {
        return NodeLinkGrpc.newStub(channel).session(answers);
    }

    public ManagedChannel channel() {
        return channel;
    }

    public String name() {
        return name;
    }

    public static <T> T take(BlockingQueue<T> queue) throws InterruptedException {
        var next = queue.poll(TestFleet.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(next).as("something arrives").isNotNull();
        return next;
    }

    /// Ends the connection from the node's side, as a crash would.
    @Override
    public void close() {
        channel.shutdownNow();
    }
}
