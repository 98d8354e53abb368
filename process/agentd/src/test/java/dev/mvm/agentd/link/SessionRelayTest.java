package dev.mvm.agentd.link;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.agentd.hostd.LogStream;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.control.v1.ExecInput;
import dev.mvm.protocol.control.v1.ExecOutput;
import dev.mvm.protocol.control.v1.ExecStart;
import dev.mvm.protocol.control.v1.LogsStart;
import dev.mvm.protocol.control.v1.SessionOutput;
import dev.mvm.protocol.guest.exec.ExecOutput.Ended;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.guest.exec.ProgramEnd;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.hostd.client.LogFrame;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The agent's end of a session against a coordinator on loopback and a program that is a queue.
final class SessionRelayTest extends LoopbackCoordinator {
    private static final int PIECE = 16 * 1024;

    private ServerCallStreamObserver<SessionOutput> open(Hostd.Exec program) throws InterruptedException {
        var relay = new SessionRelay(channel, new Programs(program), log::add);
        assertThat(relay.open(ByteString.copyFromUtf8("session"))).isTrue();
        var stream = streams.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(stream).isNotNull();
        stream.request(1);
        assertThat(next().getSession().toStringUtf8()).isEqualTo("session");
        var start =
                ExecStart.newBuilder().setInstance("i-00000001").addArgv("cat").setStdin(true);
        send(stream, ExecInput.newBuilder().setStart(start));
        return stream;
    }

    /// Both directions are full and only output is then taken: a program that copies its input must not stand
    /// still.
    @Test
    void fullInBothDirections_goesOnWhenOutputIsTaken() throws Exception {
        var stream = open(new Hostd.Exec.Running(new Echo()));
        var piece = ByteString.copyFrom(new byte[PIECE]);
        int pieces = 256;
        for (int i = 0; i < pieces; i++) {
            send(stream, ExecInput.newBuilder().setStdin(piece));
        }
        send(stream, ExecInput.newBuilder().setStdinEnd(true));
        var received = new ByteArrayOutputStream();
        while (true) {
            stream.request(1);
            var output = next().getOutput();
            if (output.getOutputCase() == ExecOutput.OutputCase.EXIT) {
                break;
            }
            output.getStdout().writeTo(received);
        }
        assertThat(received.size()).isEqualTo(pieces * PIECE);
        assertThat(ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void programThatEndsWithItsInputUnread_endsTheSessionInGoodOrder() throws Exception {
        var program = new Echo();
        var stream = open(new Hostd.Exec.Running(program));
        stream.request(64);
        program.way.put(new Ended(new ProgramEnd.Exited(3)));
        for (int i = 0; i < 16; i++) {
            send(stream, ExecInput.newBuilder().setStdin(ByteString.copyFrom(new byte[PIECE])));
        }
        var output = next().getOutput();
        while (output.getOutputCase() == ExecOutput.OutputCase.STDOUT) {
            output = next().getOutput();
        }
        assertThat(output.getExit().getStatus()).isEqualTo(3);
        assertThat(ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(fromNode).isEmpty();
    }

    @Test
    void refusedProgram_isAProblemWithItsReason() throws Exception {
        var stream = open(new Hostd.Exec.NotRunning(new HostReply.Refused(new Label("exec_not_granted"))));
        stream.request(1);
        var problem = next().getProblem();
        assertThat(problem.getReason()).isEqualTo("exec_not_granted");
        assertThat(problem.getMessage()).contains("grant");
        assertThat(ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void logs_goOnUntilTheirEnd_andTakeNoInput() throws Exception {
        var frames = new LinkedBlockingQueue<LogFrame>(
                List.of(new LogFrame.Lost(7), new LogFrame.Output(Bytes.of(new byte[] {1, 2, 3})), new LogFrame.End()));
        var stream = openLogs(new Hostd.Logs.Opened(new QueuedLog(frames, new CountDownLatch(1))));
        send(stream, ExecInput.newBuilder().setStdinEnd(true)); // as a coordinator does
        stream.request(3);
        assertThat(next().getOutput().getLost()).isEqualTo(7);
        assertThat(next().getOutput().getStdout().toByteArray()).containsExactly(1, 2, 3);
        assertThat(next().getOutput().getExit().getStatus()).isZero();
        assertThat(ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void inputForLogs_endsTheSession_andTheStream() throws Exception {
        var closed = new CountDownLatch(1);
        var stream = openLogs(new Hostd.Logs.Opened(new QueuedLog(new LinkedBlockingQueue<>(), closed)));
        stream.request(1);
        send(stream, ExecInput.newBuilder().setStdin(ByteString.copyFromUtf8("x")));
        assertThat(next().getProblem().getReason()).isEqualTo("malformed");
        assertThat(closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void logsThatAreRefused_areAProblemWithItsReason() throws Exception {
        var stream = openLogs(new Hostd.Logs.NotOpened(new HostReply.Refused(new Label("no_log"))));
        stream.request(1);
        assertThat(next().getProblem().getReason()).isEqualTo("no_log");
        assertThat(ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    /// A log that is a queue. Closing it ends a wait.
    private record QueuedLog(BlockingQueue<LogFrame> frames, CountDownLatch closed) implements LogStream {
        @Override
        public LogFrame receive() throws IOException {
            try {
                while (closed.getCount() > 0) {
                    var next = frames.poll(10, TimeUnit.MILLISECONDS);
                    if (next != null) {
                        return next;
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new IOException("closed");
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }

    private ServerCallStreamObserver<SessionOutput> openLogs(Hostd.Logs logs) throws InterruptedException {
        var relay = new SessionRelay(channel, new Programs(new Hostd.Exec.Running(new Echo()), logs), log::add);
        assertThat(relay.open(ByteString.copyFromUtf8("session"))).isTrue();
        var stream = streams.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(stream).isNotNull();
        stream.request(1);
        assertThat(next().getSession().toStringUtf8()).isEqualTo("session");
        send(stream, ExecInput.newBuilder().setLogs(LogsStart.newBuilder().setInstance("i-00000001")));
        return stream;
    }

    @Test
    void guestThatIsLost_looksLikeAHangUp() throws Exception {
        var program = new Echo();
        var stream = open(new Hostd.Exec.Running(program));
        stream.request(64);
        program.way.put(new Ended(new ProgramEnd.Lost("credit_exceeded")));
        assertThat(next().getOutput().getExit())
                .isEqualTo(
                        ExecOutput.Exit.newBuilder().setStatus(129).setSignal(1).build());
        assertThat(ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(log).anyMatch(line -> line.contains("credit_exceeded"));
    }

    @Test
    void signals_reachTheProgram_andThoseThatTheProtocolDoesNotCarryAreIgnored() throws Exception {
        var stream = open(new Hostd.Exec.Running(new Echo()));
        stream.request(64);
        for (int signal : new int[] {64, 11, 15}) {
            send(stream, ExecInput.newBuilder().setSignal(signal));
        }
        assertThat(next().getOutput().getExit().getSignal()).isEqualTo(15);
    }

    @Test
    void whatTheProgramCannotTake_endsTheSession() throws Exception {
        var resize = ExecInput.Resize.newBuilder().setRows(1).setColumns(1);
        for (var input : List.of(
                ExecInput.newBuilder().setResize(resize), ExecInput.newBuilder().setSignal(65))) {
            var program = new Echo();
            var stream = open(new Hostd.Exec.Running(program));
            stream.request(64);
            send(stream, input);
            assertThat(next().getProblem().getReason()).isEqualTo("malformed");
            assertThat(program.closed).isTrue();
        }
    }

    @Test
    void requestThatIsTooLong_isNoProgram() throws Exception {
        var relay = new SessionRelay(channel, new Programs(new Hostd.Exec.Running(new Echo())), log::add);
        for (var start : List.of(
                ExecStart.newBuilder().addArgv("cat").addArgv("a".repeat(29_998)),
                ExecStart.newBuilder().addArgv(""),
                ExecStart.newBuilder().addArgv("cat").setDirectory("tmp"),
                ExecStart.newBuilder().addArgv("cat").addEnv("NAME"))) {
            assertThat(relay.open(ByteString.copyFromUtf8("session"))).isTrue();
            var stream = streams.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            stream.request(64);
            assertThat(next().getSession().toStringUtf8()).isEqualTo("session");
            send(stream, ExecInput.newBuilder().setStart(start.setInstance("i-00000001")));
            assertThat(next().getProblem().getReason()).isEqualTo("malformed");
        }
    }

    @Test
    @Tag("claim-G5")
    void moreSessionsThanThereArePlaces_areNotOpened_untilOneHasEnded() throws Exception {
        var words = new LinkedBlockingQueue<String>();
        var relay = new SessionRelay(channel, new Programs(new Hostd.Exec.Running(new Echo())), words::add);
        var session = ByteString.copyFromUtf8("session");
        for (int i = 0; i < SessionRelay.MOST; i++) {
            assertThat(relay.open(session)).isTrue();
        }
        assertThat(relay.open(session)).isFalse();
        for (int i = 0; i < SessionRelay.MOST; i++) {
            var stream = streams.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(stream).isNotNull();
            if (i == 0) {
                stream.onError(Status.ABORTED.asRuntimeException());
            }
        }
        assertThat(words.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).contains("ABORTED");
        assertThat(relay.open(session)).isTrue();
        assertThat(relay.open(session)).isFalse();
        assertThat(streams.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();
        assertThat(streams).isEmpty();
    }

    @Test
    @Tag("claim-G5")
    void moreThanACoordinatorSendsAtOnce_isNotRead() throws Exception {
        var words = new LinkedBlockingQueue<String>();
        var relay = new SessionRelay(channel, new Programs(new Hostd.Exec.Running(new Echo())), words::add);
        assertThat(relay.open(ByteString.copyFromUtf8("session"))).isTrue();
        var stream = streams.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(stream).isNotNull();
        send(stream, ExecInput.newBuilder().setStdin(ByteString.copyFrom(new byte[100_000])));
        assertThat(words.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).contains("RESOURCE_EXHAUSTED");
    }

    @Test
    @Tag("claim-G5")
    void sessionThatIsBrokenOffWhileItsProgramStarts_hasItsPlaceUntilThatIsEnded() throws Exception {
        var words = new LinkedBlockingQueue<String>();
        var asked = new CountDownLatch(1);
        var answer = new CountDownLatch(1);
        var program = new Echo();
        var relay = new SessionRelay(
                channel,
                new Hostd() {
                    @Override
                    public HostReply call(HostOperation operation) {
                        throw new AssertionError("nothing else is asked: " + operation);
                    }

                    @Override
                    public Hostd under(Digest plan) {
                        return this;
                    }

                    @Override
                    public Logs logs(InstanceId instance, boolean follow) {
                        throw new AssertionError("no logs are asked for");
                    }

                    @Override
                    public Exec exec(InstanceId instance, ExecRequest request) throws InterruptedException {
                        asked.countDown();
                        answer.await();
                        return new Exec.Running(program);
                    }
                },
                words::add);
        for (int i = 0; i < SessionRelay.MOST; i++) {
            assertThat(relay.open(ByteString.copyFromUtf8("session"))).isTrue();
        }
        var stream = streams.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(stream).isNotNull();
        send(
                stream,
                ExecInput.newBuilder()
                        .setStart(
                                ExecStart.newBuilder().setInstance("i-00000001").addArgv("cat")));
        assertThat(asked.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        stream.onError(Status.ABORTED.asRuntimeException());
        assertThat(relay.open(ByteString.copyFromUtf8("session"))).isFalse();
        answer.countDown();
        assertThat(words.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).contains("ABORTED");
        assertThat(program.closed).isTrue();
        assertThat(relay.open(ByteString.copyFromUtf8("session"))).isTrue();
    }
}
