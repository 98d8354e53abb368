package dev.mvm.protocol.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// A record as it was written once: audits are verified years later, by a chain of hashes over these bytes.
final class GoldenLineTest {
    private static final String LINE = "{\"schema\":2,\"node\":\"n-one\",\"tenant\":\"acme\",\"seq\":1,"
            + "\"time\":\"2026-06-01T12:00:00Z\",\"event\":\"instance_started\",\"phase\":\"decided\","
            + "\"by\":\"reconcile\",\"subject\":\"acme/web/i-00000001\","
            + "\"plan\":\"sha256:c492b1fd00b533222c1ad4b7cbb1dd4173ccf9a527702bc3b3b947c033ced15f\","
            + "\"state\":42,\"reason\":\"\",\"detail\":\"demo\","
            + "\"prev\":\"sha256:0000000000000000000000000000000000000000000000000000000000000000\"}\n";

    @Test
    void record_isWrittenAsEver() throws Exception {
        var position = Position.after(
                Head.EMPTY, new NodeId("n-one"), new TenantId("acme"), Instant.parse("2026-06-01T12:00:00Z"));
        var fact = new Fact(
                TenantEvent.INSTANCE_STARTED,
                Phase.DECIDED,
                "reconcile",
                "acme/web/i-00000001",
                Optional.of(PlanHash.of("start_instance", "acme/web/i-00000001")),
                42,
                "",
                "demo");
        assertThat(new String(new AuditRecord.Entry(position, fact).bytes(), UTF_8))
                .isEqualTo(LINE);
    }
}
