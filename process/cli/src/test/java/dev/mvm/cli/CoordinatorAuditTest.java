package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// `mvm audit states` on the log of a coordinator that answers, page by page.
final class CoordinatorAuditTest extends StatesAudit {
    @Test
    void logOfTheCoordinator_isReadPageByPage_savedAndReadAgain() throws Exception {
        var history = usual();
        try (var server = new HistoryServer(history, dir)) {
            assertThat(audit(server.settings(), "").out()).contains("states   7");
            assertThat(server.asked)
                    .filteredOn(path -> path.startsWith("/v1/log?"))
                    .containsExactly(
                            "/v1/log?from=0&limit=1000", "/v1/log?from=3&limit=1000", "/v1/log?from=6&limit=1000");
            var run = audit(server.settings(), "--out " + dir.resolve("saved"));
            assertThat(run.err()).isEmpty();
            assertThat(run.out()).contains("states   7");
            server.asked.clear();
            history.state(StateHistory.A, 1);
            server.show(history, 8);
            assertThat(audit(server.settings(), "--out " + dir.resolve("saved")).out())
                    .contains("states   8");
            assertThat(server.asked).containsExactly("/v1/log/head", "/v1/log?from=7&limit=1000");
        }
        assertThat(audit(dir.resolve("saved")).out()).contains("states   8");
    }

    @Test
    @Tag("claim-T9")
    void logThatIsAnotherThanItWas_isFound() throws Exception {
        try (var server = new HistoryServer(usual(), dir)) {
            assertThat(audit(server.settings(), "--out " + dir.resolve("saved")).status())
                    .isZero();
            var rewritten = new StateHistory(ceremony);
            for (int i = 0; i < 9; i++) {
                rewritten.state(StateHistory.A, i);
            }
            server.show(rewritten, 9);
            var run = audit(server.settings(), "--out " + dir.resolve("saved"));
            assertThat(run.status()).isEqualTo(1);
            assertThat(run.err()).contains("invalid log: ");
        }
    }

    @Test
    @Tag("claim-T9")
    void grantThatTheCoordinatorDoesNotShow_isMissed() throws Exception {
        var history = usual();
        history.grants.clear();
        try (var server = new HistoryServer(history, dir)) {
            var run = audit(server.settings(), "");
            assertThat(run.err()).contains("state 0, sequence 1 for n-a: grant_missing: no copy of grant sha256:");
            assertThat(run.status()).isEqualTo(1);
        }
    }

    @Test
    void emptyLog_isSound() throws Exception {
        try (var server = new HistoryServer(new StateHistory(ceremony), dir)) {
            assertThat(audit(server.settings(), "").out()).isEqualTo("ok: the log is empty\n");
        }
        Files.createDirectory(dir.resolve("log"));
        assertThat(audit(dir.resolve("log")).out()).isEqualTo("ok: the log is empty\n");
    }

    @Test
    void wrongUsage_isReported() {
        var run = audit(dir.resolve("none"), dir + " --out " + dir);
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("not both");
        assertThat(audit(dir.resolve("nothing")).err()).contains("no such directory");
        assertThat(List.of(audit(dir.resolve("none"), "").status())).containsExactly(1);
    }
}
