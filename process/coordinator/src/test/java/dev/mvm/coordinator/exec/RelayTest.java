package dev.mvm.coordinator.exec;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import dev.mvm.protocol.control.v1.ExecInput;
import dev.mvm.protocol.control.v1.ExecOutput;
import dev.mvm.protocol.control.v1.ExecStart;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The relay without any transport: events are handled in the test's own thread.
final class RelayTest {
    private static final ExecStart START = ExecStart.newBuilder().addArgv("sh").build();

    /// Either side: takes messages while it has room, and counts what it is asked for.
    static class Side<T> implements RelayDirection.Drain<T> {
        final List<T> got = new ArrayList<>();
        int room = 1_000;
        int asked;
        String end = "";

        @Override
        public boolean ready() {
            return room > 0;
        }

        @Override
        public void send(T message) {
            assertThat(end).as("nothing follows the end").isEmpty();
            room--;
            got.add(message);
        }

        public void ask() {
            asked++;
        }

        public void complete() {
            assertThat(end).as("one end").isEmpty();
            end = "complete";
        }

        void failed(ProblemException why) {
            assertThat(end).as("one end").isEmpty();
            end = why.problem().getReason();
        }
    }

    private static final class Operator extends Side<ExecOutput> implements OperatorEnd {
        @Override
        public void fail(ProblemException why) {
            failed(why);
        }
    }

    private static final class Node extends Side<ExecInput> implements NodeEnd {
        @Override
        public void cancel(ProblemException why) {
            failed(why);
        }
    }

    private final Operator operator = new Operator();
    private final Node node = new Node();
    private int over;
    private final Relay relay = new Relay(
            Runnable::run, operator, ExecInput.newBuilder().setStart(START).build(), _ -> over++);

    private static ExecInput stdin(int number) {
        return ExecInput.newBuilder()
                .setStdin(ByteString.copyFromUtf8("" + number))
                .build();
    }

    private static ExecOutput stdout(int number) {
        return ExecOutput.newBuilder()
                .setStdout(ByteString.copyFromUtf8("" + number))
                .build();
    }

    private static ExecOutput exit(int status) {
        return ExecOutput.newBuilder()
                .setExit(ExecOutput.Exit.newBuilder().setStatus(status))
                .build();
    }

    @Test
    void start_comesFirstAndNothingIsAskedBefore() {
        assertThat(operator.asked).isZero();
        relay.opened(node);
        assertThat(node.got)
                .containsExactly(ExecInput.newBuilder().setStart(START).build());
        assertThat(operator.asked).isEqualTo(RelayDirection.WINDOW);
        assertThat(node.asked).isEqualTo(RelayDirection.WINDOW);
    }

    @Test
    void exit_endsBothSidesAfterAllOutput() {
        relay.opened(node);
        operator.room = 1;
        relay.fromNode(stdout(1));
        relay.fromNode(stdout(2));
        relay.fromNode(exit(3));
        relay.nodeEnded();
        assertThat(operator.end).isEmpty();
        operator.room = 5;
        relay.operatorWritable();
        assertThat(operator.got).containsExactly(stdout(1), stdout(2), exit(3));
        assertThat(operator.end).isEqualTo("complete");
        assertThat(node.end).isEqualTo("complete");
        assertThat(over).isEqualTo(1);
    }

    @Test
    void slowNode_stopsTheOperator() {
        relay.opened(node);
        node.room = 0;
        for (int i = 0; i < RelayDirection.WINDOW; i++) {
            relay.fromOperator(stdin(i));
        }
        assertThat(operator.asked).as("no more than was given").isEqualTo(RelayDirection.WINDOW);
        node.room = 2;
        relay.nodeWritable();
        assertThat(operator.asked).isEqualTo(RelayDirection.WINDOW + 2);
    }

    @Test
    void slowOperator_stopsTheNode() {
        relay.opened(node);
        operator.room = 0;
        for (int i = 0; i < RelayDirection.WINDOW; i++) {
            relay.fromNode(stdout(i));
        }
        assertThat(node.asked).isEqualTo(RelayDirection.WINDOW);
        operator.room = 1;
        relay.operatorWritable();
        assertThat(node.asked).isEqualTo(RelayDirection.WINDOW + 1);
    }

    @Test
    void operatorsHalfClose_reachesTheProgramOnce() {
        relay.opened(node);
        relay.fromOperator(stdin(1));
        relay.operatorEnded();
        assertThat(node.got)
                .hasSize(3)
                .last()
                .isEqualTo(ExecInput.newBuilder().setStdinEnd(true).build());
        relay.fromNode(stdout(1));
        relay.fromNode(exit(0));
        assertThat(operator.end).isEqualTo("complete");
    }

    @Test
    void halfCloseAfterStdinEnd_isNotRepeated() {
        relay.opened(node);
        relay.fromOperator(ExecInput.newBuilder().setStdinEnd(true).build());
        relay.operatorEnded();
        assertThat(node.got).hasSize(2);
    }

    @Test
    void operatorGone_cancelsTheProgram() {
        relay.opened(node);
        node.room = 0;
        relay.fromOperator(stdin(1));
        relay.operatorGone();
        assertThat(node.end).isEqualTo("operator_gone");
        relay.fromNode(stdout(1));
        relay.nodeGone();
        assertThat(operator.end).isEmpty();
        assertThat(over).isEqualTo(1);
    }

    @Test
    void operatorGoneBeforeTheNodeOpened_cancelsItThen() {
        relay.operatorGone();
        relay.opened(node);
        assertThat(node.end).isEqualTo("session_gone");
        assertThat(node.got).isEmpty();
    }

    @Test
    void nodeGone_isTold() {
        relay.opened(node);
        relay.nodeGone();
        assertThat(operator.end).isEqualTo("node_lost");
        assertThat(over).isEqualTo(1);
    }

    @Test
    void nodeThatEndsWithoutAResult_isTold() {
        relay.opened(node);
        relay.fromNode(stdout(1));
        relay.nodeEnded();
        assertThat(operator.got).hasSize(1);
        assertThat(operator.end).isEqualTo("session_broken");
    }

    @Test
    void programThatDoesNotStart_isTold() {
        relay.opened(node);
        relay.nodeProblem(new ProblemException(Fault.CONFLICT, "no_such_program", "x"));
        assertThat(operator.end).isEqualTo("no_such_program");
        assertThat(node.end).isEqualTo("complete");
    }

    @Test
    void secondNodeStream_isRefused() {
        relay.opened(node);
        var second = new Node();
        relay.opened(second);
        assertThat(second.end).isEqualTo("session_gone");
        assertThat(node.end).isEmpty();
    }

    @Test
    void messagesOutOfPlace_endTheSession() {
        for (var bad : List.of(
                ExecInput.newBuilder().setStart(START).build(),
                ExecInput.getDefaultInstance(),
                ExecInput.newBuilder()
                        .setStdin(ByteString.copyFrom(new byte[Relay.MAX_CHUNK + 1]))
                        .build())) {
            var each = new RelayTest();
            each.relay.opened(each.node);
            each.relay.fromOperator(bad);
            assertThat(each.operator.end).isIn("invalid_request", "too_large");
            assertThat(each.node.end).isIn("invalid_request", "too_large");
        }
        for (var bad : List.of(
                ExecOutput.getDefaultInstance(),
                ExecOutput.newBuilder()
                        .setStdout(ByteString.copyFrom(new byte[Relay.MAX_CHUNK + 1]))
                        .build())) {
            var each = new RelayTest();
            each.relay.opened(each.node);
            each.relay.fromNode(bad);
            assertThat(each.operator.end).isEqualTo("session_broken");
        }
    }

    @Test
    void outputAfterExit_isNotPassedOn() {
        relay.opened(node);
        operator.room = 0;
        relay.fromNode(exit(0));
        relay.fromNode(stdout(1));
        assertThat(operator.end).isEqualTo("session_broken");
    }

    @Test
    void anyPaceOnBothSides_losesAndReordersNothing() {
        Property.holds(600, draw -> new RelayTest().anyPace(draw));
    }

    private void anyPace(Draw draw) {
        int inputs = draw.intBetween(0, 30);
        int outputs = draw.intBetween(0, 30);
        int sent = 0;
        int written = 0;
        operator.room = 0;
        node.room = 0;
        relay.opened(node);
        for (int i = 0; i < 200; i++) {
            switch (draw.intBetween(0, 3)) {
                case 0 -> {
                    if (sent < inputs && sent < operator.asked) {
                        relay.fromOperator(stdin(sent++));
                    }
                }
                case 1 -> {
                    if (written < outputs && written < node.asked) {
                        relay.fromNode(stdout(written++));
                    }
                }
                case 2 -> {
                    node.room = draw.intBetween(0, 3);
                    relay.nodeWritable();
                }
                default -> {
                    operator.room = draw.intBetween(0, 3);
                    relay.operatorWritable();
                }
            }
            int heldIn = sent - Math.max(0, node.got.size() - 1);
            assertThat(heldIn).isLessThanOrEqualTo(RelayDirection.WINDOW);
            assertThat(written - operator.got.size()).isLessThanOrEqualTo(RelayDirection.WINDOW);
        }
        everythingArrives(sent, written);
    }

    private void everythingArrives(int sent, int written) {
        node.room = 1_000;
        relay.nodeWritable();
        operator.room = 1_000;
        relay.operatorWritable();
        assertThat(node.got.subList(1, node.got.size()))
                .isEqualTo(IntStream.range(0, sent).mapToObj(RelayTest::stdin).toList());
        assertThat(operator.got)
                .isEqualTo(
                        IntStream.range(0, written).mapToObj(RelayTest::stdout).toList());
    }
}
