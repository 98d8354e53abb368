package dev.mvm.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.mvm.coordinator.exec.Relay;
import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.model.PoolFlag;
import dev.mvm.protocol.control.v1.ExecInput;
import dev.mvm.protocol.control.v1.ExecOutput;
import dev.mvm.protocol.control.v1.ExecStart;
import dev.mvm.protocol.control.v1.FleetGrpc;
import dev.mvm.protocol.control.v1.LogsStart;
import dev.mvm.protocol.control.v1.Problem;
import dev.mvm.protocol.control.v1.SessionInput;
import dev.mvm.protocol.control.v1.SessionOutput;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Programs in instances, from an operator's stream to a node's and back, over real connections.
final class ExecTest extends FleetTestBase {
    private static final ExecStart START = ExecStart.newBuilder()
            .setTenant("acme")
            .setPool("web")
            .setInstance("i-00000001")
            .addArgv("sh")
            .setStdin(true)
            .build();
    private FakeNode node;

    @BeforeEach
    void reportTwoInstances() throws Exception {
        fleet.granted(
                "acme",
                Grants.pool("web", 0, 9, PoolFlag.EXEC, PoolFlag.LOGS),
                Grants.pool("closed", 0, 9),
                Grants.pool("programs", 0, 9, PoolFlag.EXEC),
                Grants.pool("words", 0, 9, PoolFlag.LOGS));
        node = fleet.node("edge-1");
        node.nextState();
        node.report(
                FakeNode.instance("acme/web/i-00000001", "Running"),
                FakeNode.instance("acme/closed/i-00000002", "Running"));
        eventually("/v1/instances", body -> body.contains("i-00000002"));
    }

    private static ExecInput stdin(byte[] bytes) {
        return ExecInput.newBuilder().setStdin(ByteString.copyFrom(bytes)).build();
    }

    private static SessionInput stdout(byte[] bytes) {
        return SessionInput.newBuilder()
                .setOutput(ExecOutput.newBuilder().setStdout(ByteString.copyFrom(bytes)))
                .build();
    }

    private static SessionInput exit(int status) {
        return SessionInput.newBuilder()
                .setOutput(ExecOutput.newBuilder()
                        .setExit(ExecOutput.Exit.newBuilder().setStatus(status)))
                .build();
    }

    /// One side's end of a stream, read one message at a time and only when asked.
    private static final class Reader<I, O> implements ClientResponseObserver<I, O> {
        final BlockingQueue<O> got = new LinkedBlockingQueue<>();
        final CompletableFuture<Status> ended = new CompletableFuture<>();
        ClientCallStreamObserver<I> call;

        @Override
        public void beforeStart(ClientCallStreamObserver<I> stream) {
            call = stream;
            stream.disableAutoRequestWithInitial(0);
        }

        @Override
        public void onNext(O message) {
            got.add(message);
        }

        @Override
        public void onError(Throwable error) {
            ended.complete(Status.fromThrowable(error));
        }

        @Override
        public void onCompleted() {
            ended.complete(Status.OK);
        }

        O next() throws InterruptedException {
            call.request(1);
            return FakeNode.take(got);
        }

        Status end() throws Exception {
            call.request(1);
            return ended.get(2, TimeUnit.MINUTES);
        }
    }

    private Reader<ExecInput, ExecOutput> operator(ExecStart start) throws Exception {
        var reader = new Reader<ExecInput, ExecOutput>();
        FleetGrpc.newStub(fleet.connect(CertificateRole.OPERATOR, "alice")).exec(reader);
        reader.call.onNext(ExecInput.newBuilder().setStart(start).build());
        return reader;
    }

    private Reader<SessionInput, SessionOutput> nodeSession() throws Exception {
        var id = FakeNode.take(node.sessions).getSession();
        assertThat(id.size()).isEqualTo(16);
        return join(node, id);
    }

    private static Reader<SessionInput, SessionOutput> join(FakeNode node, ByteString id) {
        var reader = new Reader<SessionInput, SessionOutput>();
        node.open(reader);
        reader.call.onNext(SessionInput.newBuilder().setSession(id).build());
        return reader;
    }

    @Test
    void wholeSession_runsThroughToTheExit() throws Exception {
        var operator = operator(START);
        var session = nodeSession();
        assertThat(session.next().getInput().getStart()).isEqualTo(START);
        operator.call.onNext(stdin(new byte[] {1, 2, 3}));
        assertThat(session.next().getInput().getStdin()).isEqualTo(ByteString.copyFrom(new byte[] {1, 2, 3}));
        session.call.onNext(stdout(new byte[] {4}));
        assertThat(operator.next().getStdout()).isEqualTo(ByteString.copyFrom(new byte[] {4}));
        operator.call.onCompleted();
        assertThat(session.next().getInput().getStdinEnd()).isTrue();
        session.call.onNext(exit(7));
        session.call.onCompleted();
        assertThat(operator.next().getExit().getStatus()).isEqualTo(7);
        assertThat(operator.end().getCode()).isEqualTo(Status.Code.OK);
        assertThat(session.end().getCode()).isEqualTo(Status.Code.OK);
    }

    @Test
    void nodeThatDoesNotRead_stopsTheOperator() throws Exception {
        var operator = operator(START);
        var session = nodeSession();
        assertThat(session.next().getInput().hasStart()).isTrue();
        int sent = flood(operator.call, stdin(new byte[Relay.MAX_CHUNK]));
        assertThat(sent).as("64 KiB messages that fit into buffers").isLessThan(2_000);
        for (int i = 0; i < sent; i++) {
            assertThat(session.next().getInput().getStdin().size()).isEqualTo(Relay.MAX_CHUNK);
        }
        operator.call.cancel("done", null);
    }

    @Test
    void operatorThatDoesNotRead_stopsTheNode() throws Exception {
        var operator = operator(START);
        var session = nodeSession();
        int sent = flood(session.call, stdout(new byte[Relay.MAX_CHUNK]));
        assertThat(sent).isLessThan(2_000);
        for (int i = 0; i < sent; i++) {
            assertThat(operator.next().getStdout().size()).isEqualTo(Relay.MAX_CHUNK);
        }
        session.call.onNext(exit(0));
        assertThat(operator.next().hasExit()).isTrue();
    }

    /// Sends until nothing more is taken for a while. The while only decides how hard is tried: a relay that
    /// buffered without bound would take messages for as long as there are any.
    private static <T> int flood(ClientCallStreamObserver<T> call, T message) throws InterruptedException {
        int sent = 0;
        for (int quiet = 0; quiet < 20 && sent < 2_000; quiet++) {
            while (call.isReady() && sent < 2_000) {
                call.onNext(message);
                sent++;
                quiet = 0;
            }
            TimeUnit.MILLISECONDS.sleep(25);
        }
        return sent;
    }

    @Test
    void operatorThatCancels_endsTheProgram() throws Exception {
        var operator = operator(START);
        var session = nodeSession();
        session.next();
        operator.call.cancel("gone", null);
        var status = session.end();
        assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(status.getDescription()).contains("operator_gone");
    }

    @Test
    void nodeThatGoesAway_endsTheOperatorsStream() throws Exception {
        var operator = operator(START);
        nodeSession().next();
        node.close();
        var status = operator.end();
        assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(status.getDescription()).contains("node_lost");
    }

    @Test
    void programThatCannotStart_isAProblem() throws Exception {
        var operator = operator(START);
        var session = nodeSession();
        session.call.onNext(SessionInput.newBuilder()
                .setProblem(Problem.newBuilder().setReason("no_such_program").setMessage("sh: not found"))
                .build());
        session.call.onCompleted();
        assertThat(operator.end().getDescription()).contains("no_such_program", "sh: not found");
    }

    @Test
    void sessionId_worksOnceAndForTheRightNodeOnly() throws Exception {
        var operator = operator(START);
        var id = FakeNode.take(node.sessions).getSession();
        var thief = fleet.node("edge-2");
        assertThat(join(thief, id).end().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(join(node, ByteString.copyFrom(new byte[16])).end().getCode())
                .isEqualTo(Status.Code.NOT_FOUND);
        var session = join(node, id);
        assertThat(session.next().getInput().hasStart())
                .as("the thief has taken nothing")
                .isTrue();
        assertThat(join(node, id).end().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        session.call.onNext(exit(0));
        assertThat(operator.next().hasExit()).isTrue();
    }

    @Test
    void sessionThatNobodyOpens_expires() throws Exception {
        var operator = operator(START);
        var id = FakeNode.take(node.sessions).getSession();
        assertThat(operator.end().getDescription()).contains("timed_out");
        assertThat(join(node, id).end().getCode()).isEqualTo(Status.Code.NOT_FOUND);
    }

    @Test
    void startThatIsNotAllowed_isRefused() throws Exception {
        assertThat(operator(START.toBuilder()
                                .setPool("closed")
                                .setInstance("i-00000002")
                                .build())
                        .end()
                        .getDescription())
                .contains("exec_not_granted");
        assertThat(operator(START.toBuilder().setInstance("i-0000000f").build())
                        .end()
                        .getDescription())
                .contains("unknown_instance");
        assertThat(operator(START.toBuilder().setTenant("..").build()).end().getCode())
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(operator(START.toBuilder().clearArgv().build()).end().getCode())
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
        var reader = new Reader<ExecInput, ExecOutput>();
        FleetGrpc.newStub(fleet.connect(CertificateRole.OPERATOR, "bob")).exec(reader);
        reader.call.onNext(stdin(new byte[1]));
        assertThat(reader.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(node.sessions).isEmpty();
    }

    /// A WebSocket of an operator's tool.
    private static final class Socket implements WebSocket.Listener {
        final BlockingQueue<ExecOutput> got = new LinkedBlockingQueue<>();
        final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private ByteString rest = ByteString.EMPTY;

        @Override
        public void onOpen(WebSocket socket) {}

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            rest = rest.concat(ByteString.copyFrom(data));
            if (last) {
                try {
                    got.add(ExecOutput.parseFrom(rest));
                } catch (InvalidProtocolBufferException e) {
                    closed.completeExceptionally(e);
                }
                rest = ByteString.EMPTY;
            } else {
                socket.request(1);
            }
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            closed.complete(status);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            closed.completeExceptionally(error);
        }
    }

    private WebSocket open(Socket listener, String path, boolean withToken) throws Exception {
        var builder = HttpClient.newHttpClient().newWebSocketBuilder();
        if (withToken) {
            builder.header("Authorization", "Bearer " + fleet.token());
        }
        var uri = URI.create(fleet.uri(path).toString().replaceFirst("http", "ws"));
        return builder.buildAsync(uri, listener).get(2, TimeUnit.MINUTES);
    }

    private static void send(WebSocket socket, ExecInput input) throws Exception {
        socket.sendBinary(ByteBuffer.wrap(input.toByteArray()), true).get(2, TimeUnit.MINUTES);
    }

    private static final String PATH = "/v1/instances/acme/web/i-00000001/exec";

    @Test
    void webSocket_carriesAWholeSession() throws Exception {
        var listener = new Socket();
        var socket = open(listener, PATH, true);
        send(socket, ExecInput.newBuilder().setStart(START).build());
        var session = nodeSession();
        assertThat(session.next().getInput().getStart()).isEqualTo(START);
        for (int i = 0; i < 20; i++) {
            send(socket, stdin(new byte[] {(byte) i}));
            assertThat(session.next().getInput().getStdin().byteAt(0)).isEqualTo((byte) i);
            session.call.onNext(stdout(new byte[] {(byte) -i}));
            socket.request(1);
            assertThat(FakeNode.take(listener.got).getStdout().byteAt(0)).isEqualTo((byte) -i);
        }
        session.call.onNext(exit(0));
        socket.request(2);
        assertThat(FakeNode.take(listener.got).hasExit()).isTrue();
        assertThat(listener.closed.get(2, TimeUnit.MINUTES)).isEqualTo(WebSocket.NORMAL_CLOSURE);
    }

    private static final ExecInput LOGS = ExecInput.newBuilder()
            .setLogs(LogsStart.newBuilder()
                    .setTenant("acme")
                    .setPool("web")
                    .setInstance("i-00000001")
                    .setFollow(true))
            .build();

    @Test
    void logs_areASessionOfTheirOwn() throws Exception {
        var operator = new Reader<ExecInput, ExecOutput>();
        FleetGrpc.newStub(fleet.connect(CertificateRole.OPERATOR, "alice")).logs(operator);
        operator.call.onNext(LOGS);
        var session = nodeSession();
        assertThat(session.next().getInput()).isEqualTo(LOGS);
        session.call.onNext(SessionInput.newBuilder()
                .setOutput(ExecOutput.newBuilder().setLost(7))
                .build());
        session.call.onNext(stdout(new byte[] {1}));
        session.call.onNext(exit(0));
        assertThat(operator.next().getLost()).isEqualTo(7);
        assertThat(operator.next().getStdout().size()).isEqualTo(1);
        assertThat(operator.next().hasExit()).isTrue();
        assertThat(operator.end().isOk()).isTrue();
    }

    @Test
    void webSocketOfLogs_carriesThem() throws Exception {
        var listener = new Socket();
        var socket = open(listener, "/v1/instances/acme/web/i-00000001/logs", true);
        send(socket, LOGS);
        var session = nodeSession();
        assertThat(session.next().getInput()).isEqualTo(LOGS);
        session.call.onNext(exit(0));
        socket.request(2);
        assertThat(FakeNode.take(listener.got).hasExit()).isTrue();
        assertThat(listener.closed.get(2, TimeUnit.MINUTES)).isEqualTo(WebSocket.NORMAL_CLOSURE);
    }

    /// The right to one is no right to the other, and a path is for one instance.
    @Test
    @Tag("claim-G7")
    void logsAndPrograms_areToldApart() throws Exception {
        var programs = ExecInput.newBuilder()
                .setLogs(LOGS.getLogs().toBuilder().setPool("programs"))
                .build();
        assertThat(problem("acme/programs/i-00000001/logs", programs)).isEqualTo("logs_not_granted");
        var words = ExecInput.newBuilder()
                .setStart(START.toBuilder().setPool("words"))
                .build();
        assertThat(problem("acme/words/i-00000001/exec", words)).isEqualTo("exec_not_granted");
        assertThat(problem("acme/web/i-00000001/exec", LOGS)).isEqualTo("invalid_request");
        assertThat(problem("acme/closed/i-00000002/logs", LOGS)).isEqualTo("invalid_request");
        var start = ExecInput.newBuilder().setStart(START).build();
        assertThat(problem("acme/web/i-00000001/logs", start)).isEqualTo("invalid_request");
        assertThat(node.sessions).isEmpty();
    }

    private String problem(String path, ExecInput first) throws Exception {
        var listener = new Socket();
        var socket = open(listener, "/v1/instances/" + path, true);
        send(socket, first);
        socket.request(1);
        return FakeNode.take(listener.got).getProblem().getReason();
    }

    @Test
    void webSocketThatIsNotRead_stopsTheNode() throws Exception {
        var listener = new Socket();
        var socket = open(listener, PATH, true);
        send(socket, ExecInput.newBuilder().setStart(START).build());
        var session = nodeSession();
        int sent = flood(session.call, stdout(new byte[Relay.MAX_CHUNK]));
        assertThat(sent).isLessThan(2_000);
        for (int i = 0; i < sent; i++) {
            socket.request(1);
            assertThat(FakeNode.take(listener.got).getStdout().size()).isEqualTo(Relay.MAX_CHUNK);
        }
        socket.abort();
    }

    @Test
    void webSocketThatCloses_endsTheProgram() throws Exception {
        var socket = open(new Socket(), PATH, true);
        send(socket, ExecInput.newBuilder().setStart(START).build());
        var session = nodeSession();
        session.next();
        socket.abort();
        assertThat(session.end().getDescription()).contains("operator_gone");
    }

    @Test
    void webSocketProblem_isTheLastMessage() throws Exception {
        var listener = new Socket();
        var socket = open(listener, "/v1/instances/acme/closed/i-00000002/exec", true);
        send(
                socket,
                ExecInput.newBuilder()
                        .setStart(START.toBuilder().setPool("closed").setInstance("i-00000002"))
                        .build());
        socket.request(2);
        assertThat(FakeNode.take(listener.got).getProblem().getReason()).isEqualTo("exec_not_granted");
        assertThat(listener.closed.get(2, TimeUnit.MINUTES)).isEqualTo(1011);
    }

    @Test
    void webSocketStartForAnotherInstance_isRefused() throws Exception {
        var listener = new Socket();
        var socket = open(listener, "/v1/instances/acme/web/i-0000000f/exec", true);
        send(socket, ExecInput.newBuilder().setStart(START).build());
        socket.request(1);
        assertThat(FakeNode.take(listener.got).getProblem().getReason()).isEqualTo("invalid_request");
        assertThat(node.sessions).isEmpty();
    }

    @Test
    void webSocketNonsense_endsTheSession() throws Exception {
        var listener = new Socket();
        var socket = open(listener, PATH, true);
        socket.sendBinary(ByteBuffer.wrap(new byte[] {(byte) 0xff}), true).get(2, TimeUnit.MINUTES);
        socket.request(1);
        assertThat(FakeNode.take(listener.got).getProblem().getReason()).isEqualTo("invalid_request");
    }

    @Test
    void webSocketWithoutTheToken_isRefused() {
        var attempt = new CompletableFuture<WebSocket>();
        try {
            attempt.complete(open(new Socket(), PATH, false));
        } catch (Exception e) {
            attempt.completeExceptionally(e);
        }
        assertThat(attempt).isCompletedExceptionally();
        assertThat(attempt.handle((_, e) -> e).join()).isInstanceOf(ExecutionException.class);
    }
}
