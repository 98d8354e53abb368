package dev.mvm.keyd.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.NodeId;
import dev.mvm.protocol.keyd.node.KeyBlob;
import dev.mvm.protocol.keyd.service.KeydReply;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.NodeState;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A key service with a fleet's documents, and the coordinator's requests to it.
abstract class ReleaseAttack {
    static final NodeId OTHER = new NodeId("n-two");
    static final NodeId THIRD = new NodeId("n-three");

    final KeydFleet fleet;
    final KeydFleet.Boot boot = new KeydFleet.Boot(1);

    ReleaseAttack(@TempDir Path folder) throws Exception {
        fleet = new KeydFleet(folder);
    }

    @BeforeEach
    void furnish() {
        fleet.furnished();
    }

    @AfterEach
    void close() throws Exception {
        boot.close();
        fleet.close();
    }

    NodeState first() {
        return fleet.state(Ceremony.NODE, 1, Optional.empty(), Ceremony.DEMO, Ceremony.SECOND);
    }

    static KeyBlob blob(KeydReply reply) throws Exception {
        if (!(reply instanceof KeydReply.Sealed(var envelope, var _))) {
            throw new AssertionError("no blob: " + reply);
        }
        return KeyBlob.parse(
                Envelope.parse(envelope.array(), KeyBlob.TYPE).payload().array());
    }

    static List<String> refusedIn(KeydReply reply) {
        return reply instanceof KeydReply.Sealed(var _, var refused)
                ? refused.stream()
                        .map(each -> each.tenant() + " " + each.reason())
                        .toList()
                : List.of("not sealed: " + reply);
    }

    static void refused(String reason, KeydReply reply) {
        assertThat(reply).isInstanceOfSatisfying(KeydReply.Refused.class, refusal -> {
            assertThat(refusal.reason()).isEqualTo(reason);
            assertThat(refusal.text()).isNotBlank().doesNotContain("\n");
        });
    }

    void alarm(String tenant, String reason) throws Exception {
        assertThat(fleet.records(tenant).getLast()).contains("\"result\":\"alarm\"", "\"reason\":\"" + reason + "\"");
    }
}
