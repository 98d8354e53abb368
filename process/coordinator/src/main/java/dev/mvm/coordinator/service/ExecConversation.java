package dev.mvm.coordinator.service;

import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.exec.OperatorEnd;
import dev.mvm.coordinator.exec.Relay;
import dev.mvm.protocol.control.v1.ExecInput;
import dev.mvm.protocol.control.v1.ExecStart;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// An operator's side of a session from its first message on, whichever port it comes by.
public final class ExecConversation {
    private final FleetService fleet;
    private final OperatorEnd operator;
    private final Predicate<ExecStart> expected;
    private final Consumer<ProblemException> refused;
    private Optional<Relay> relay = Optional.empty();
    private boolean over;

    /// @param expected whether the start names what the caller was let in for
    /// @param refused told why no program was started
    public ExecConversation(
            FleetService fleet,
            OperatorEnd operator,
            Predicate<ExecStart> expected,
            Consumer<ProblemException> refused) {
        this.fleet = fleet;
        this.operator = operator;
        this.expected = expected;
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
            if (input.getInputCase() != ExecInput.InputCase.START || !expected.test(input.getStart())) {
                throw ProblemException.invalid("the first message starts the program");
            }
            relay = Optional.of(fleet.exec(input.getStart(), operator));
        } catch (ProblemException e) {
            fail(e);
        }
    }

    /// The operator sends nothing any more.
    public synchronized void ended() {
        if (relay.isPresent()) {
            relay.get().operatorEnded();
        } else if (!over) {
            fail(ProblemException.invalid("the first message starts the program"));
        }
    }

    private void fail(ProblemException e) {
        over = true;
        refused.accept(e);
        operator.fail(e);
    }

    /// The operator has gone away, or has no right to go on.
    public synchronized void gone() {
        over = true;
        relay.ifPresent(Relay::operatorGone);
    }

    /// The operator's stream can take more.
    public synchronized void writable() {
        relay.ifPresent(Relay::operatorWritable);
    }
}
