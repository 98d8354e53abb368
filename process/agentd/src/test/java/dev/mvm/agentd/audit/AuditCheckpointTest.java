package dev.mvm.agentd.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.TenantId;
import dev.mvm.protocol.audit.NodeCredential;
import dev.mvm.protocol.trust.Ceremony;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Checkpoints of audits, with and without a valid credential.
final class AuditCheckpointTest extends AuditFixture {
    @Test
    void whatIsUnsignedForAnHour_isSigned_once() throws Exception {
        var open = open();
        fill(open, 0, 2);
        open.tend(Set.of(ACME), _ -> {});
        assertThat(acme().chain().signedTo()).isEqualTo(1);
        now = now.plus(TenantAudit.UNSIGNED_FOR);
        open.tend(Set.of(ACME), _ -> {});
        assertThat(acme().chain().signedTo()).isEqualTo(4);
        now = now.plus(Duration.ofDays(2));
        open.tend(Set.of(ACME), _ -> {});
        assertThat(acme().chain().lines()).isEqualTo(4);
    }

    @Test
    void withoutACredential_theAuditGoesOnUnsigned_andItIsSaid() throws Exception {
        Files.delete(credential.resolve("key.pem"));
        fill(open(), 0, 2);
        assertThat(acme().chain().signatures()).isZero();
        assertThat(acme().entries()).hasSize(2);
        assertThat(complaints).hasSize(1).first().asString().startsWith("the audit has no checkpoint: ");
    }

    @Test
    void credentialThatIsNotThisNodesOrHasExpired_signsNothing() throws Exception {
        var fleet = NodeCredential.Authority.create(now);
        fleet.issue("spiffe://mvm/node/other", now, Duration.ofDays(1)).write(credential);
        fill(open(), 0, 1);
        fleet.issue("spiffe://mvm/node/" + Ceremony.NODE, now.minus(Duration.ofDays(3)), Duration.ofDays(1))
                .write(credential);
        open().close();
        open().record(new TenantId("other"), List.of(fact(1)));
        assertThat(acme().chain().signatures()).isZero();
        assertThat(complaints)
                .containsExactly(
                        "the audit has no checkpoint: its certificate is not one of node n-one",
                        "the audit has no checkpoint: its certificate was not valid at that time");
    }
}
