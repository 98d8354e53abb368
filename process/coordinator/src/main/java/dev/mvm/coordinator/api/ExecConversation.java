package dev.mvm.coordinator.api;

import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.exec.OperatorEnd;
import dev.mvm.coordinator.exec.Relay;
import dev.mvm.protocol.control.v1.ExecInput;
import java.util.Optional;
import java.util.function.Consumer;

/// The operator's side of a session on any port, from its first message on. Thread-safe.
public final class ExecConversation {
    private final Opening opening;
    private final OperatorEnd operator;
    private final Consumer<ProblemException> refused;
    private Optional<Relay> relay = Optional.empty();
    private boolean over;

    /// Opens the session that the first message asks for.
    @FunctionalInterface
    public interface Opening {
        /// Opens it.
        ///
        /// @throws ProblemException also if the message asks for another kind of session
        Relay open(ExecInput first, OperatorEnd operator) throws ProblemException;
    }

    /// @param refused receives the problem if no session is opened
    public ExecConversation(Opening opening, OperatorEnd operator, Consumer<ProblemException> refused) {
        this.opening = opening;
        this.operator = operator;
        this.refused = refused;
    }

    public synchronized void message(ExecInput input) {
        if (relay.isPresent()) {
            relay.get().fromOperator(input);
        } else if (!over) {
            start(input);
        }
    }

    private void start(ExecInput input) {
        try {
            relay = Optional.of(opening.open(input, operator));
        } catch (ProblemException e) {
            fail(e);
        }
    }

    /// The operator has ended its stream.
    public synchronized void ended() {
        if (relay.isPresent()) {
            relay.get().operatorEnded();
        } else if (!over) {
            fail(ProblemException.invalid("a message has to say what is wanted"));
        }
    }

    private void fail(ProblemException e) {
        over = true;
        refused.accept(e);
        operator.fail(e);
    }

    /// The operator has disconnected, or its certificate is no longer valid.
    public synchronized void gone() {
        over = true;
        relay.ifPresent(Relay::operatorGone);
    }

    /// The operator's stream can take another message.
    public synchronized void writable() {
        relay.ifPresent(Relay::operatorWritable);
    }
}
