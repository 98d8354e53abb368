package dev.mvm.coordinator.node;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.protocol.control.v1.NodeMessage.KeyBlobAnswer;
import dev.mvm.protocol.control.v1.NodeMessage.KeyStatement;
import java.time.Duration;

/// The key service's messages to one node, and the node's answers. Blocking; one at a time.
public record KeyConversation(NodeLink link, Duration patience) {
    /// Most bytes of a statement and its evidence together; the port takes no larger message.
    public static final int MOST_STATED = 1_000_000;

    private static final int MOST_EVIDENCE = 65_536;

    /// Sends a challenge and waits for the statement. Its contents are as the node says.
    ///
    /// @throws ProblemException `node_lost`, `node_busy`, `timed_out`, `statement_too_large`, or a reason of the
    ///     node's
    public KeyStatement challenge(ByteString envelope) throws ProblemException, InterruptedException {
        var said = link.answer(
                        (out, number) ->
                                out.getKeyChallengeBuilder().setRequest(number).setEnvelope(envelope),
                        patience)
                .getKeyStatement();
        if (!said.getReason().isEmpty()) {
            throw NodeReportSanitizer.problem(said.getReason(), said.getMessage());
        }
        if (said.getEvidence().size() > MOST_EVIDENCE
                || said.getStatement().size() + said.getEvidence().size() > MOST_STATED) {
            throw new ProblemException(
                    Fault.TOO_LARGE, "statement_too_large", "the statement of node " + link.node() + " is too large");
        }
        return said;
    }

    /// Sends a blob and waits until the node has taken it.
    ///
    /// @throws ProblemException `node_lost`, `node_busy`, `timed_out`, or the node's reason for not taking it
    public void blob(ByteString envelope) throws ProblemException, InterruptedException {
        KeyBlobAnswer said = link.answer(
                        (out, number) ->
                                out.getKeyBlobBuilder().setRequest(number).setEnvelope(envelope),
                        patience)
                .getKeyBlobAnswer();
        if (!said.getTaken()) {
            throw NodeReportSanitizer.problem(said.getReason(), said.getMessage());
        }
    }
}
