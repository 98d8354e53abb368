package dev.mvm.agentd.link;

import dev.mvm.protocol.control.v1.CoordinatorMessage;

/// Types of the coordinator's messages, as in metrics.
final class RequestTypes {
    private RequestTypes() {}

    static String of(CoordinatorMessage message) {
        return switch (message.getMessageCase()) {
            case ROOTS -> "roots";
            case STATE -> "state";
            case VERB -> "verb";
            case VERIFY_NETWORKS -> "verify_networks";
            case READ_AUDIT -> "read_audit";
            case ASK_AGENT -> "ask_agent";
            case KEY_CHALLENGE -> "key_challenge";
            case KEY_BLOB -> "key_blob";
            case OPEN_SESSION -> "open_session";
            case MESSAGE_NOT_SET -> "message_not_set";
        };
    }
}
