package dev.mvm.agentd.link;

import dev.mvm.protocol.control.v1.CoordinatorMessage;
import dev.mvm.protocol.control.v1.NodeMessage;

/// Answers to requests that are refused because too many are under way.
final class BusyReplies {
    private static final String REASON = "agent_busy";
    private static final String MESSAGE = "the node's agent has too many requests already; try again";

    private BusyReplies() {}

    /// @throws IllegalArgumentException if the message is not a request with an answer
    static NodeMessage to(CoordinatorMessage request) {
        var answer = NodeMessage.newBuilder();
        switch (request.getMessageCase()) {
            case VERB ->
                answer.getVerbAnswerBuilder()
                        .setRequest(request.getVerb().getRequest())
                        .setReason(REASON)
                        .setMessage(MESSAGE);
            case VERIFY_NETWORKS ->
                answer.getNetworksAnswerBuilder()
                        .setRequest(request.getVerifyNetworks().getRequest())
                        .setReason(REASON)
                        .setMessage(MESSAGE);
            case READ_AUDIT ->
                answer.getAuditAnswerBuilder()
                        .setRequest(request.getReadAudit().getRequest())
                        .setReason(REASON)
                        .setMessage(MESSAGE);
            case ASK_AGENT ->
                answer.getAgentAnswerBuilder()
                        .setRequest(request.getAskAgent().getRequest())
                        .setReason(REASON)
                        .setMessage(MESSAGE);
            case KEY_CHALLENGE ->
                answer.getKeyStatementBuilder()
                        .setRequest(request.getKeyChallenge().getRequest())
                        .setReason(REASON)
                        .setMessage(MESSAGE);
            case KEY_BLOB ->
                answer.getKeyBlobAnswerBuilder()
                        .setRequest(request.getKeyBlob().getRequest())
                        .setReason(REASON)
                        .setMessage(MESSAGE);
            case ROOTS, STATE, OPEN_SESSION, MESSAGE_NOT_SET ->
                throw new IllegalArgumentException("not a request with an answer: " + RequestTypes.of(request));
        }
        return answer.build();
    }
}
