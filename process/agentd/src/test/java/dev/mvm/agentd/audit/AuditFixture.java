package dev.mvm.agentd.audit;

import dev.mvm.agentd.credential.Credential;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.audit.Fact;
import dev.mvm.protocol.audit.NodeCredential;
import dev.mvm.protocol.audit.Phase;
import dev.mvm.protocol.audit.TenantEvent;
import dev.mvm.protocol.trust.Ceremony;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// Audits in a directory of the test, with the credential of node `n-one` and a clock that the test sets.
abstract class AuditFixture {
    static final TenantId ACME = new TenantId("acme");

    @TempDir
    Path dir;

    final List<String> complaints = new ArrayList<>();
    Instant now = Ceremony.NOW;
    Retention retention = Retention.of(400, 16);
    Path audits;
    Path credential;

    @BeforeEach
    void credential() throws Exception {
        audits = dir.resolve("audits");
        credential = dir.resolve("credential");
        NodeCredential.Authority.create(now)
                .issue("spiffe://mvm/node/" + Ceremony.NODE, now, Duration.ofDays(3000))
                .write(credential);
    }

    TenantAudits open() {
        return new TenantAudits(
                audits,
                Ceremony.NODE,
                new CheckpointSigner(() -> Credential.installed(credential), complaints::add),
                retention,
                () -> now,
                complaints::add);
    }

    static Fact fact(int number) {
        return new Fact(
                TenantEvent.INSTANCE_STARTED,
                Phase.DECIDED,
                "reconcile",
                "acme/web/i-%08x".formatted(number),
                Optional.empty(),
                7,
                "",
                "x".repeat(200));
    }

    /// A few records at a time: each time waits for the disk.
    void fill(TenantAudits open, int from, int to) {
        for (int i = from; i < to; i += 25) {
            open.record(
                    ACME,
                    IntStream.range(i, Math.min(i + 25, to))
                            .mapToObj(AuditFixture::fact)
                            .toList());
        }
    }

    WrittenAudit acme() throws IOException {
        return WrittenAudit.read(audits.resolve("acme"));
    }
}
