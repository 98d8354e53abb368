package dev.mvm.coordinator.api;

import dev.mvm.coordinator.authz.Admitted;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.exec.OperatorEnd;
import dev.mvm.coordinator.exec.Relay;
import dev.mvm.protocol.control.v1.ExecInput;
import dev.mvm.protocol.control.v1.ExecStart;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// The operator's side of a session on any port, from its first message on. Thread-safe.
public final class ExecConversation {
    private final InstanceService instances;
    private final Admitted caller;
    private final OperatorEnd operator;
    private final Predicate<ExecStart> expected;
    private final Consumer<ProblemException> refused;
    private Optional<Relay> relay = Optional.empty();
    private boolean over;

    /// @param expected tests whether the start names the instance that the call was admitted for
    /// @param refused receives the problem if no program is started
    public ExecConversation(
            InstanceService instances,
            Admitted caller,
            OperatorEnd operator,
            Predicate<ExecStart> expected,
            Consumer<ProblemException> refused) {
        this.instances = instances;
        this.caller = caller;
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
                throw ProblemException.invalid("the first message has to be start");
            }
            relay = Optional.of(instances.exec(caller, input.getStart(), operator));
        } catch (ProblemException e) {
            fail(e);
        }
    }

    /// The operator has ended its stream.
    public synchronized void ended() {
        if (relay.isPresent()) {
            relay.get().operatorEnded();
        } else if (!over) {
            fail(ProblemException.invalid("the first message has to be start"));
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
