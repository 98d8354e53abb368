package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.protocol.trust.audit.AuditLog;
import java.nio.file.Files;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// `mvm audit verify` on a daemon's audit files.
final class AuditVerifyTest extends CommandTest {
    @Test
    @Tag("claim-R2")
    void auditVerify_isOneLine_andStatusOneWhenBroken() throws Exception {
        var log = new AuditLog(dir.resolve("audit"), "agentd", InstantSource.system(), _ -> {}, Optional.empty());
        for (int i = 0; i < 3; i++) {
            log.refused("install_state", "sha256:" + i, "replayed", "");
        }
        var file = dir.resolve("audit/audit-000000000001.jsonl");
        var good = mvm("audit", "verify", file.toString());
        assertThat(good.status()).as(good.err()).isZero();
        assertThat(good.out()).matches("agentd: 3 records, 1 to 3, ok, head sha256:[0-9a-f]{64}\n");
        var head = good.out().strip().replaceFirst(".* ", "");
        assertThat(mvm("audit", "verify", "--head", head, file.toString()).status())
                .isZero();
        var intact = mvm("audit", "verify", "--json", file.toString());
        assertThat(intact.out()).contains(head);
        GoldenJson.assertIs(AuditVerifyTest.class, "audit-verify", intact, dir);
        var text = Files.readString(file);
        Files.writeString(file, text.replace("sha256:1", "sha256:7"));
        var bad = mvm("audit", "verify", file.toString());
        assertThat(bad)
                .isEqualTo(new CommandRun(
                        1, "", "mvm: " + file + ":3: the record before it was altered: record 3 names another hash\n"));
        var json = mvm("audit", "verify", "--json", file.toString());
        assertThat(json.status()).isEqualTo(1);
        GoldenJson.assertIs(AuditVerifyTest.class, "audit-verify-broken", json, dir);
        assertThat(mvm("audit", "verify", dir.resolve("absent").toString()).err())
                .contains("no such file");
        assertThat(mvm("audit", "verify", "--head", "md5:1", file.toString()).status())
                .isEqualTo(2);
    }
}
