package dev.mvm.agentd.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.protocol.control.v1.CoordinatorMessage;
import dev.mvm.protocol.control.v1.NodeMessage;
import org.junit.jupiter.api.Test;

/// Refusals of requests beyond the limit have the number of the request.
final class BusyRepliesTest {
    private static final long NUMBER = 7;

    private static NodeMessage answer(CoordinatorMessage.Builder request) {
        return BusyReplies.to(request.build());
    }

    @Test
    void everyRequest_isAnsweredUnderItsNumber() {
        var request = CoordinatorMessage.newBuilder();
        request.getVerbBuilder().setRequest(NUMBER);
        var verb = answer(request).getVerbAnswer();
        assertThat(verb.getRequest()).isEqualTo(NUMBER);
        assertThat(verb.getDone()).isFalse();
        assertThat(verb.getReason()).isEqualTo("agent_busy");
        request.getVerifyNetworksBuilder().setRequest(NUMBER);
        assertThat(answer(request).getNetworksAnswer().getRequest()).isEqualTo(NUMBER);
        assertThat(answer(request).getNetworksAnswer().getReason()).isEqualTo("agent_busy");
        request.getReadAuditBuilder().setRequest(NUMBER);
        assertThat(answer(request).getAuditAnswer().getRequest()).isEqualTo(NUMBER);
        assertThat(answer(request).getAuditAnswer().getReason()).isEqualTo("agent_busy");
        request.getAskAgentBuilder().setRequest(NUMBER);
        assertThat(answer(request).getAgentAnswer().getRequest()).isEqualTo(NUMBER);
        assertThat(answer(request).getAgentAnswer().getReason()).isEqualTo("agent_busy");
        request.getKeyChallengeBuilder().setRequest(NUMBER);
        assertThat(answer(request).getKeyStatement().getRequest()).isEqualTo(NUMBER);
        assertThat(answer(request).getKeyStatement().getReason()).isEqualTo("agent_busy");
        request.getKeyBlobBuilder().setRequest(NUMBER);
        assertThat(answer(request).getKeyBlobAnswer().getRequest()).isEqualTo(NUMBER);
        assertThat(answer(request).getKeyBlobAnswer().getTaken()).isFalse();
        assertThat(answer(request).getKeyBlobAnswer().getReason()).isEqualTo("agent_busy");
    }

    @Test
    void whatIsNoRequest_hasNoAnswer() {
        var state = CoordinatorMessage.newBuilder().setState(CoordinatorMessage.State.getDefaultInstance());
        assertThatThrownBy(() -> answer(state)).isInstanceOf(IllegalArgumentException.class);
    }
}
