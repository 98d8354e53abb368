package dev.mvm.coordinator.exec;

import com.google.common.util.concurrent.MoreExecutors;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.protocol.control.v1.ExecInput;
import dev.mvm.protocol.control.v1.ExecOutput;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/// One session. Every action of either side becomes an event, and events are handled one after another.
///
/// ## Guarantees
/// Messages keep their order. No side has to send more than the other can take. The end of one side reaches the
/// other: a regular end after everything that was sent before it, any other end at once.
///
/// Thread-safe.
public final class Relay {
    /// Most bytes of input or output in one message.
    public static final int MAX_CHUNK = 64 * 1024;

    private final Executor events;
    private final OperatorEnd operator;
    private final Consumer<Relay> whenOver;
    private final RelayDirection<ExecInput> toNode;
    private final RelayDirection<ExecOutput> toOperator;
    private Optional<NodeEnd> node = Optional.empty();
    private boolean stdinEnded;
    private boolean exited;
    private boolean over;

    /// @param threads handle the events
    /// @param first the message that says what is wanted
    /// @param whenOver called once, after the last event
    Relay(Executor threads, OperatorEnd operator, ExecInput first, Consumer<Relay> whenOver) {
        this.events = MoreExecutors.newSequentialExecutor(threads);
        this.operator = operator;
        this.whenOver = whenOver;
        this.toNode = new RelayDirection<>(operator::ask);
        this.toOperator = new RelayDirection<>(() -> node.ifPresent(NodeEnd::ask));
        toNode.offer(first);
    }

    private void event(Runnable work) {
        events.execute(() -> {
            if (!over) {
                work.run();
            }
        });
    }

    /// The node has opened its stream.
    public void opened(NodeEnd end) {
        events.execute(() -> {
            if (over || node.isPresent()) {
                end.cancel(gone());
                return;
            }
            node = Optional.of(end);
            toNode.open(end);
            toOperator.open(operator);
        });
    }

    private static ProblemException gone() {
        return new ProblemException(Fault.MISSING, "session_gone", "the session has ended");
    }

    /// The operator has sent something.
    public void fromOperator(ExecInput input) {
        event(() -> {
            boolean text = input.getInputCase() == ExecInput.InputCase.STDIN;
            if (input.getInputCase() == ExecInput.InputCase.START
                    || input.getInputCase() == ExecInput.InputCase.LOGS
                    || input.getInputCase() == ExecInput.InputCase.INPUT_NOT_SET
                    || (text && stdinEnded)) {
                fail(ProblemException.invalid("unexpected message in this state of the session"));
            } else if (text && input.getStdin().size() > MAX_CHUNK) {
                fail(new ProblemException(
                        Fault.TOO_LARGE, "too_large", "a message carries at most " + MAX_CHUNK + " bytes of input"));
            } else {
                stdinEnded |= input.getStdinEnd();
                toNode.arrived(input);
            }
        });
    }

    /// The operator has ended its stream: the program's input ends.
    public void operatorEnded() {
        event(() -> {
            if (!stdinEnded) {
                stdinEnded = true;
                toNode.offer(ExecInput.newBuilder().setStdinEnd(true).build());
            }
            toNode.finish(() -> {});
        });
    }

    /// The operator has disconnected.
    public void operatorGone() {
        event(() -> {
            node.ifPresent(end -> end.cancel(
                    new ProblemException(Fault.UNAVAILABLE, "operator_gone", "the operator has ended the session")));
            end();
        });
    }

    /// The operator's stream can take another message.
    public void operatorWritable() {
        event(toOperator::move);
    }

    /// The node has sent something.
    public void fromNode(ExecOutput output) {
        event(() -> {
            int size = Math.max(output.getStdout().size(), output.getStderr().size());
            if (exited || size > MAX_CHUNK || output.getOutputCase() == ExecOutput.OutputCase.OUTPUT_NOT_SET) {
                fail(broken());
                return;
            }
            exited = output.getOutputCase() == ExecOutput.OutputCase.EXIT;
            toOperator.arrived(output);
            if (exited) {
                toNode.stop();
                toOperator.finish(this::complete);
            }
        });
    }

    private void complete() {
        operator.complete();
        node.ifPresent(NodeEnd::complete);
        end();
    }

    /// The program could not be started.
    public void nodeProblem(ProblemException problem) {
        event(() -> {
            toNode.stop();
            toOperator.finish(() -> {
                operator.fail(problem);
                node.ifPresent(NodeEnd::complete);
                end();
            });
        });
    }

    /// The node has ended its stream.
    public void nodeEnded() {
        event(() -> {
            if (!exited) {
                toNode.stop();
                toOperator.finish(() -> fail(broken()));
            }
        });
    }

    private static ProblemException broken() {
        return new ProblemException(Fault.UNAVAILABLE, "session_broken", "the node ended the session without a result");
    }

    /// The node has disconnected.
    public void nodeGone() {
        event(() -> fail(new ProblemException(Fault.UNAVAILABLE, "node_lost", "the connection to the node was lost")));
    }

    /// The node's stream can take another message.
    public void nodeWritable() {
        event(toNode::move);
    }

    /// Ends the session with a problem for both sides.
    void abort(ProblemException why) {
        event(() -> fail(why));
    }

    private void fail(ProblemException why) {
        operator.fail(why);
        node.ifPresent(end -> end.cancel(why));
        end();
    }

    private void end() {
        over = true;
        toNode.stop();
        toOperator.stop();
        whenOver.accept(this);
    }
}
