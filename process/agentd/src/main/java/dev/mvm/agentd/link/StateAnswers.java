package dev.mvm.agentd.link;

import com.google.protobuf.ByteString;
import dev.mvm.agentd.metrics.Tally;
import dev.mvm.agentd.reconcile.StateDelivery;
import dev.mvm.protocol.control.v1.CoordinatorMessage;
import dev.mvm.protocol.control.v1.NodeMessage;
import dev.mvm.protocol.trust.store.TrustStore;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Takes the trust roots and states that the coordinator sends, and answers them.
public final class StateAnswers {
    /// Reason of an answer: the agent cannot write its own files.
    private static final String STATE_DIRECTORY = "agent_state_directory";

    private final StateDelivery delivery;
    private final TrustStore trust;
    private final Tally tally;
    private final Consumer<String> log;

    public StateAnswers(StateDelivery delivery, TrustStore trust, Tally tally, Consumer<String> log) {
        this.delivery = delivery;
        this.trust = trust;
        this.tally = tally;
        this.log = log;
    }

    NodeMessage to(CoordinatorMessage.State state) {
        try {
            return answer(delivery.take(
                    state.getEnvelope().toByteArray(),
                    bytes(state.getGrantsList()),
                    state.getProof().toByteArray()));
        } catch (IOException e) {
            log.accept("the state cannot be kept: " + e.getMessage());
            return answer(Optional.of(STATE_DIRECTORY));
        }
    }

    /// Takes trust roots. Answers only if they are refused, since the next report has the root in force.
    Optional<NodeMessage> to(CoordinatorMessage.Roots roots) {
        try {
            var refused = delivery.takeRoots(bytes(roots.getRootsList()));
            return refused.map(_ -> answer(refused));
        } catch (IOException e) {
            log.accept("the trust root cannot be kept: " + e.getMessage());
            return Optional.of(answer(Optional.of(STATE_DIRECTORY)));
        }
    }

    private static List<byte[]> bytes(List<ByteString> documents) {
        return documents.stream().map(ByteString::toByteArray).toList();
    }

    private NodeMessage answer(Optional<String> refused) {
        refused.ifPresent(_ -> tally.requestFailed("state"));
        var answer = NodeMessage.StateAnswer.newBuilder()
                .setSequence(
                        trust.installed().map(s -> s.state().value().sequence()).orElse(0L))
                .setAccepted(refused.isEmpty())
                .setReason(refused.orElse(""));
        return NodeMessage.newBuilder().setStateAnswer(answer).build();
    }
}
