package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.audit.AuditRecord;
import dev.mvm.protocol.audit.Fact;
import dev.mvm.protocol.audit.Head;
import dev.mvm.protocol.audit.NodeCredential;
import dev.mvm.protocol.audit.Phase;
import dev.mvm.protocol.audit.PlanHash;
import dev.mvm.protocol.audit.Position;
import dev.mvm.protocol.audit.TenantEvent;
import dev.mvm.protocol.trust.audit.AuditLog;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `mvm audit verify` on a tenant's audit, alone and against hostd's receipts.
final class TenantAuditTest {
    private static final NodeId NODE = new NodeId("n-one");
    private static final TenantId TENANT = new TenantId("acme");
    private static final String ONE = "acme/web/i-00000001";
    private static final Digest ONE_PLAN = Digest.of(new byte[] {1});
    private static final Digest OTHER_PLAN = Digest.of(new byte[] {2});

    @TempDir
    private Path dir;

    private NodeCredential credential;
    private Path file;
    private Path receipts;
    private Head head = Head.EMPTY;
    private Instant now = Instant.parse("2026-06-01T12:00:00Z");
    private AuditLog hostd;

    @BeforeEach
    void build() throws Exception {
        credential = NodeCredential.Authority.create(now).issue(NODE, now);
        credential.write(dir.resolve("credential"));
        file = dir.resolve("acme.jsonl");
        receipts = dir.resolve("hostd/audit-000000000001.jsonl");
        hostd = new AuditLog(dir.resolve("hostd"), "hostd", () -> now, _ -> {}, Optional.empty());
        append(credential.sign(position()));
    }

    private Position position() {
        return Position.after(head, NODE, TENANT, now);
    }

    private void append(AuditRecord line) throws Exception {
        Files.write(file, line.bytes(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        head = head.after(line.bytes());
    }

    /// Records an operation of no plan, as every operation was once.
    private void agent(TenantEvent event, String action, String subject, Phase phase) throws Exception {
        agent(event, PlanHash.of(action, subject), subject, phase);
    }

    private void agent(TenantEvent event, Digest plan, String subject, Phase phase) throws Exception {
        var hash = Optional.of(plan);
        append(new AuditRecord.Entry(position(), new Fact(event, phase, "operator", subject, hash, 1, "", "")));
        now = now.plusSeconds(1);
    }

    private void sleeps(Phase outcome) throws Exception {
        agent(TenantEvent.INSTANCE_SLEPT, "sleep_instance", ONE, Phase.DECIDED);
        if (outcome == Phase.DONE) {
            hostd.noted("sleep_instance", ONE, "sealed");
        }
        now = now.plusSeconds(1);
        agent(TenantEvent.INSTANCE_SLEPT, "sleep_instance", ONE, outcome);
    }

    private CommandRun verify(String... more) {
        var words = new String[more.length + 3];
        words[0] = "audit";
        words[1] = "verify";
        words[2] = file.toString();
        System.arraycopy(more, 0, words, 3, more.length);
        return CommandRun.of(dir.resolve("none"), words);
    }

    private CommandRun joined() {
        return verify("--receipts", receipts.toString());
    }

    @Test
    @Tag("claim-R4")
    void goodChain_isOneLine_thatSaysHowFarItIsSigned() throws Exception {
        sleeps(Phase.DONE);
        var head = Digest.of((Files.readAllLines(file).getLast() + "\n").getBytes(StandardCharsets.US_ASCII));
        var authority = dir.resolve("credential/ca.pem").toString();
        var good = verify("--authority", authority);
        assertThat(good.err()).isEmpty();
        assertThat(good)
                .isEqualTo(
                        new CommandRun(0, "n-one/acme: 3 records, 1 to 3, ok, signed to 1, head " + head + "\n", ""));
        assertThat(verify().out()).contains("signed to 1 (signer not verified without --authority)");
        GoldenJson.assertIs(
                TenantAuditTest.class, "audit-verify-tenant", verify("--json", "--head", head.value()), dir);
        assertThat(verify("--head", "sha256:" + "1".repeat(64)).err()).contains("some were removed");
    }

    @Test
    @Tag("claim-R4")
    void changedChain_orOneOfAnotherFleet_isFound() throws Exception {
        sleeps(Phase.DONE);
        var other = NodeCredential.Authority.create(now).issue(NODE, now);
        other.write(dir.resolve("other"));
        assertThat(verify("--authority", dir.resolve("other/ca.pem").toString()))
                .isEqualTo(new CommandRun(
                        1, "", "mvm: " + file + ":1: the checkpoint: its certificate or signature is not good\n"));
        var both = dir.resolve("both.pem");
        Files.writeString(
                both,
                Files.readString(dir.resolve("other/ca.pem")) + Files.readString(dir.resolve("credential/ca.pem")));
        assertThat(verify("--authority", both.toString()).out())
                .as("after a rotation, with the old authority beside the new one")
                .contains("ok, signed to 1,");
        Files.writeString(file, Files.readString(file).replace("\"phase\":\"decided\"", "\"phase\":\"refused\""));
        assertThat(verify().err()).contains(":3: the record before it was altered");
        GoldenJson.assertIs(TenantAuditTest.class, "audit-verify-tenant-broken", verify("--json"), dir);
        assertThat(verify("--authority", file.toString()).err()).contains("no certificate");
    }

    @Test
    @Tag("claim-R6")
    void whatHostdDid_isWhatWasDecided() throws Exception {
        sleeps(Phase.DONE);
        sleeps(Phase.FAILED);
        sleeps(Phase.DONE);
        hostd.noted("sleep_instance", "other/web/i-00000002", "sealed");
        var result = joined();
        assertThat(result.status()).as(result.out() + result.err()).isZero();
        assertThat(result.out()).contains("2 receipts of hostd match decisions");
    }

    /// A compromised agent requests an operation without recording it, or removes the decision from its audit.
    @Test
    @Tag("claim-R6")
    void receiptWithoutADecision_isAContradiction() throws Exception {
        sleeps(Phase.DONE);
        hostd.noted("wake_instance", ONE, "opened");
        now = now.plusSeconds(1);
        sleeps(Phase.DONE);
        var result = joined();
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.out())
                .contains("contradicted", "wake_instance, " + ONE)
                .contains("done by hostd without a decision of the agent");
        assertThat(verify("--json", "--receipts", receipts.toString()).out())
                .contains("\"intact\" : true", "\"joined\" : 2", "without a decision of the agent");
    }

    @Test
    @Tag("claim-R6")
    void decisionThatIsSaidToBeDoneOrRefusedAndIsNot_isAContradiction() throws Exception {
        sleeps(Phase.DONE);
        agent(TenantEvent.INSTANCE_WOKEN, "wake_instance", ONE, Phase.DECIDED);
        agent(TenantEvent.INSTANCE_WOKEN, "wake_instance", ONE, Phase.DONE);
        agent(TenantEvent.INSTANCE_DESTROYED, "destroy_instance", ONE, Phase.DECIDED);
        hostd.noted("destroy_instance", ONE, "destroyed");
        agent(TenantEvent.INSTANCE_DESTROYED, "destroy_instance", ONE, Phase.REFUSED);
        var result = joined();
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.out())
                .contains("instance_woken, " + ONE + ": done according to the agent, but hostd has no receipt")
                .contains("done by hostd, but refused according to the agent");
    }

    /// Two plans with the same step at the same second, the second of which hostd has done and the agent denies.
    @Test
    @Tag("claim-R6")
    void receiptBelongsToItsPlan_whateverTheClockSays() throws Exception {
        agent(TenantEvent.INSTANCE_SLEPT, ONE_PLAN, ONE, Phase.DECIDED);
        agent(TenantEvent.INSTANCE_SLEPT, OTHER_PLAN, ONE, Phase.DECIDED);
        hostd.noted("sleep_instance", ONE, "sealed", Optional.of(OTHER_PLAN));
        agent(TenantEvent.INSTANCE_SLEPT, OTHER_PLAN, ONE, Phase.DONE);
        agent(TenantEvent.INSTANCE_SLEPT, ONE_PLAN, ONE, Phase.REFUSED);
        now = now.plusSeconds(60);
        agent(TenantEvent.INSTANCE_STARTED, ONE_PLAN, ONE, Phase.DECIDED);
        agent(TenantEvent.INSTANCE_STARTED, ONE_PLAN, ONE, Phase.DONE);
        now = now.plusSeconds(60);
        hostd.noted("start_instance", ONE, "done", Optional.of(ONE_PLAN)); // long after its outcome was recorded
        var result = joined();
        assertThat(result.out()).as(result.err()).contains("2 receipts of hostd match decisions", ", ok, ");
    }

    /// A step of one plan is no excuse for the same step of another, nor for another step, nor on another instance.
    @Test
    @Tag("claim-R6")
    void receiptOfAPlanWithoutThatStep_isAContradiction() throws Exception {
        agent(TenantEvent.INSTANCE_STARTED, ONE_PLAN, ONE, Phase.DECIDED);
        hostd.noted("start_instance", ONE, "done", Optional.of(OTHER_PLAN));
        hostd.noted("wake_instance", ONE, "opened", Optional.of(ONE_PLAN));
        hostd.noted("start_instance", "acme/web/i-00000002", "done", Optional.of(ONE_PLAN));
        hostd.noted("start_instance", "acme/web/i-00000003", "done", Optional.empty());
        hostd.noted("start_instance", ONE, "done", Optional.of(ONE_PLAN));
        agent(TenantEvent.INSTANCE_STARTED, ONE_PLAN, ONE, Phase.DONE);
        var out = verify("--json", "--receipts", receipts.toString()).out();
        assertThat(out).contains("\"joined\" : 1");
        assertThat(out.split("without a decision of the agent", -1)).hasSize(5);
    }

    @Test
    @Tag("claim-R6")
    void stepThatIsSaidToBeDone_andHasTheReceiptOfAnotherPlan_isAContradiction() throws Exception {
        sleeps(Phase.DONE);
        agent(TenantEvent.INSTANCE_WOKEN, ONE_PLAN, ONE, Phase.DECIDED);
        agent(TenantEvent.INSTANCE_WOKEN, ONE_PLAN, ONE, Phase.DONE);
        agent(TenantEvent.INSTANCE_SLEPT, OTHER_PLAN, ONE, Phase.DECIDED);
        hostd.noted("sleep_instance", ONE, "sealed", Optional.of(OTHER_PLAN));
        agent(TenantEvent.INSTANCE_SLEPT, OTHER_PLAN, ONE, Phase.DONE);
        assertThat(joined().out())
                .contains("instance_woken, " + ONE + ": done according to the agent, but hostd has no receipt")
                .contains("2 receipts of hostd match decisions");
    }

    /// After a crash hostd may note a destruction twice, and the agent may not know the outcome.
    @Test
    void crashInTheMiddle_isNoContradiction() throws Exception {
        agent(TenantEvent.INSTANCE_DESTROYED, "destroy_instance", ONE, Phase.DECIDED);
        hostd.noted("destroy_instance", ONE, "key_destroyed");
        agent(TenantEvent.INSTANCE_DESTROYED, "destroy_instance", ONE, Phase.UNKNOWN);
        now = now.plusSeconds(5);
        hostd.noted("destroy_instance", ONE, "key_destroyed");
        now = now.plusSeconds(5);
        sleeps(Phase.FAILED);
        assertThat(joined().out()).contains("1 receipts of hostd match decisions", ", ok, ");
    }

    /// hostd was killed while it stopped an instance and finishes after its restart, when the agent has asked
    /// again.
    @Test
    void whatRootFinishesLater_isWhatWasDecided() throws Exception {
        agent(TenantEvent.INSTANCE_STOPPED, "stop_instance", ONE, Phase.DECIDED);
        agent(TenantEvent.INSTANCE_STOPPED, "stop_instance", ONE, Phase.UNKNOWN);
        now = now.plusSeconds(5);
        hostd.noted("stop_instance", ONE, "done");
        hostd.noted("stop_instance", ONE, "done");
        now = now.plusSeconds(5);
        for (int i = 0; i < 2; i++) {
            agent(TenantEvent.INSTANCE_STARTED, "start_instance", ONE, Phase.DECIDED);
            hostd.noted("start_instance", ONE, "done");
            agent(TenantEvent.INSTANCE_STARTED, "start_instance", ONE, Phase.DONE);
            agent(TenantEvent.INSTANCE_STOPPED, "stop_instance", ONE, Phase.DECIDED);
            hostd.noted("stop_instance", ONE, "done");
            agent(TenantEvent.INSTANCE_STOPPED, "stop_instance", ONE, Phase.DONE);
        }
        assertThat(joined().out()).contains("5 receipts of hostd match decisions", ", ok, ");
        hostd.noted("start_instance", ONE, "done");
        hostd.noted("pause_instance", ONE, "done");
        now = now.plusSeconds(1);
        sleeps(Phase.DONE);
        assertThat(joined().out())
                .contains("start_instance, " + ONE, "pause_instance, " + ONE, "without a decision of the agent");
    }

    @Test
    void receiptsOfAnotherTime_proveNothingEitherWay() throws Exception {
        hostd.noted("wake_instance", ONE, "opened");
        now = now.plusSeconds(100);
        head = Head.EMPTY;
        Files.delete(file);
        append(credential.sign(position()));
        agent(TenantEvent.INSTANCE_WOKEN, "wake_instance", ONE, Phase.DECIDED);
        agent(TenantEvent.INSTANCE_WOKEN, "wake_instance", ONE, Phase.DONE);
        assertThat(joined().status()).isZero();
    }

    @Test
    void damagedReceipts_areReported_andADaemonsAuditHasNone() throws Exception {
        sleeps(Phase.DONE);
        Files.writeString(
                receipts, Files.readString(receipts).replace("sealed", "opened").replace("\"seq\":1", "\"seq\":x"));
        assertThat(joined().err()).contains("hostd", "invalid record");
        assertThat(verify("--receipts", dir.resolve("none").toString()).err()).contains("no such file");
        var daemon = CommandRun.of(
                dir,
                "audit",
                "verify",
                "--receipts",
                file.toString(),
                dir.resolve("credential/ca.pem").toString());
        assertThat(daemon.status()).isEqualTo(2);
    }

    @Test
    void chainWithoutItsBeginning_isReportedAsSuch() throws Exception {
        sleeps(Phase.DONE);
        var lines = Files.readAllLines(file);
        Files.writeString(file, lines.get(1) + "\n" + lines.get(2) + "\n");
        assertThat(verify().out())
                .contains("2 records, 2 to 3 without a signed checkpoint at the beginning, ok, not signed");
        Files.writeString(file, "");
        assertThat(verify().status()).isEqualTo(1);
    }
}
