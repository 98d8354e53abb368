package dev.mvm.agentd.link;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.mvm.protocol.control.v1.CoordinatorMessage;
import org.junit.jupiter.api.Test;

final class RequestTypesTest {
    private static CoordinatorMessage with(FieldDescriptor field) {
        var message = CoordinatorMessage.newBuilder();
        return message.setField(field, message.newBuilderForField(field).build())
                .build();
    }

    @Test
    void requests_haveTheWordsOfTheMetrics() {
        assertThat(CoordinatorMessage.getDescriptor().getOneofs().getFirst().getFields().stream()
                        .map(field -> RequestTypes.of(with(field))))
                .containsExactlyInAnyOrder(
                        "roots",
                        "state",
                        "verb",
                        "verify_networks",
                        "read_audit",
                        "ask_agent",
                        "key_challenge",
                        "key_blob",
                        "open_session");
        assertThat(RequestTypes.of(CoordinatorMessage.getDefaultInstance())).isEqualTo("message_not_set");
    }
}
