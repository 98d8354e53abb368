package dev.mvm.agentd.link;

import com.google.protobuf.ByteString;
import dev.mvm.agentd.keys.KeyAccess;
import dev.mvm.agentd.keys.KeyHolder;
import dev.mvm.agentd.metrics.Tally;
import dev.mvm.model.Bytes;
import dev.mvm.protocol.control.v1.CoordinatorMessage;
import dev.mvm.protocol.control.v1.NodeMessage;
import java.io.IOException;
import java.util.function.Consumer;

/// Takes challenges and blobs of the key service to hostd, and answers with what hostd says.
///
/// @param tally counts what failed
public record KeyAnswers(KeyAccess keys, Tally tally, Consumer<String> log) {
    /// Most bytes of a statement and its evidence, with which the coordinator takes the message.
    private static final int MOST = 1_000_000;

    private static final String TOO_LARGE = "statement_too_large";
    private static final String NO_EVIDENCE = "no_evidence";

    NodeMessage to(CoordinatorMessage.KeyChallenge request) {
        var answer = NodeMessage.KeyStatement.newBuilder().setRequest(request.getRequest());
        var challenge = Bytes.of(request.getEnvelope().toByteArray());
        switch (keys.holder().answer(challenge)) {
            case KeyHolder.Answer.Refused(var reason) ->
                answer.setReason(reason).setMessage("hostd has no statement");
            case KeyHolder.Answer.Stated(var statement) -> stated(answer, challenge, statement);
        }
        if (!answer.getReason().isEmpty()) {
            log.accept("a challenge of the key service is not answered: " + answer.getReason());
            tally.requestFailed("key_challenge");
        }
        return NodeMessage.newBuilder().setKeyStatement(answer).build();
    }

    private void stated(NodeMessage.KeyStatement.Builder answer, Bytes challenge, Bytes statement) {
        try {
            var evidence = keys.attestor().evidence(challenge, statement);
            if (statement.length() + evidence.length() > MOST) {
                answer.setReason(TOO_LARGE).setMessage("a statement with evidence has at most " + MOST + " bytes");
                return;
            }
            answer.setStatement(ByteString.copyFrom(statement.array()))
                    .setEvidence(ByteString.copyFrom(evidence.array()));
        } catch (IOException e) {
            log.accept("there is no evidence for the key service: " + e.getMessage());
            answer.setReason(NO_EVIDENCE).setMessage("the node cannot give evidence; its agent's log says why");
        }
    }

    NodeMessage to(CoordinatorMessage.KeyBlob request) {
        var answer = NodeMessage.KeyBlobAnswer.newBuilder().setRequest(request.getRequest());
        var refused = keys.holder().install(Bytes.of(request.getEnvelope().toByteArray()));
        if (refused.isPresent()) {
            log.accept("a blob of the key service is not taken: " + refused.get());
            tally.requestFailed("key_blob");
            answer.setReason(refused.get()).setMessage("hostd has not taken the keys");
        } else {
            answer.setTaken(true);
        }
        return NodeMessage.newBuilder().setKeyBlobAnswer(answer).build();
    }
}
