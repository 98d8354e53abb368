package dev.mvm.agentd.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.agentd.credential.Credential;
import dev.mvm.agentd.hostd.FakeHostd;
import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.agentd.plan.Plan;
import dev.mvm.agentd.plan.UnmetReason;
import dev.mvm.agentd.reconcile.Observed;
import dev.mvm.hostd.host.HostFixture;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolAddress;
import dev.mvm.protocol.audit.Fact;
import dev.mvm.protocol.audit.NodeCredential;
import dev.mvm.protocol.audit.Phase;
import dev.mvm.protocol.audit.PlanHash;
import dev.mvm.protocol.audit.TenantEvent;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.trust.Ceremony;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Audit records of operations under hostd's own policy.
final class AuditedHostdTest {
    private static final InstanceId ID = new InstanceId("i-00000001");
    private static final String SUBJECT = "demo/web/i-00000001";

    @TempDir
    private Path dir;

    private final FakeHostd root = new FakeHostd(HostFixture.withSnapshots());
    private final Observed observed = new Observed(root, _ -> {});
    private final Addresses addresses = new Addresses();
    private final List<String> atRoot = new ArrayList<>();
    private TenantAudits audits;
    private AuditedHostd hostd;

    @BeforeEach
    void build() throws Exception {
        NodeCredential.Authority.create(Ceremony.NOW)
                .issue(Ceremony.NODE, Ceremony.NOW)
                .write(dir.resolve("credential"));
        audits = new TenantAudits(
                dir.resolve("audits"),
                Ceremony.NODE,
                new CheckpointSigner(() -> Credential.installed(dir.resolve("credential")), _ -> {}),
                Retention.of(400, 16),
                () -> Ceremony.NOW,
                _ -> {});
        observed.listen(() -> observed.latest().ifPresent(addresses::observed));
        hostd = audited(new Watched(root));
        root.fixture.install(root.fixture.state(new Counts(2, 1, 1)));
    }

    private AuditedHostd audited(Hostd inner) {
        return new AuditedHostd(inner, audits, addresses, root.fixture.trust::installed, "operator");
    }

    /// Looks at the disk each time root is asked.
    private final class Watched implements Hostd {
        private final Hostd inner;

        Watched(Hostd inner) {
            this.inner = inner;
        }

        @Override
        public HostReply call(HostOperation operation) throws IOException {
            var facts = facts();
            atRoot.add(facts.isEmpty() ? "nothing" : operation.word() + ": " + brief(facts.getLast()));
            return inner.call(operation);
        }

        @Override
        public Hostd under(Digest plan) {
            return new Watched(inner.under(plan));
        }

        @Override
        public Logs logs(InstanceId instance, boolean follow) throws IOException, InterruptedException {
            atRoot.add("guest_logs: " + brief(facts().getLast()));
            return inner.logs(instance, follow);
        }

        @Override
        public Exec exec(InstanceId instance, ExecRequest request) throws IOException, InterruptedException {
            atRoot.add("guest_exec: " + brief(facts().getLast()));
            return inner.exec(instance, request);
        }
    }

    private static String brief(Fact fact) {
        return fact.event().word() + " " + fact.phase().word();
    }

    private List<Fact> facts() {
        try {
            var directory = dir.resolve("audits/demo");
            return Files.exists(directory)
                    ? WrittenAudit.read(directory).entries().stream()
                            .map(entry -> entry.fact())
                            .toList()
                    : List.of();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void done(HostOperation operation) throws IOException {
        var reply = hostd.call(operation);
        assertThat(reply).isInstanceOfAny(HostReply.Done.class, HostReply.Ended.class);
        observed.refresh();
    }

    private static ExecRequest program(String... argv) {
        return new ExecRequest(
                List.of(argv).stream()
                        .map(text -> Bytes.of(text.getBytes(UTF_8)))
                        .toList(),
                List.of(),
                Bytes.EMPTY,
                Optional.empty(),
                false);
    }

    private void wholeLife() throws Exception {
        done(new HostOperation.SetupNetwork(new NetId(0)));
        done(HostFixture.plan(ID, 3));
        done(new HostOperation.AttachDrives(ID));
        done(new HostOperation.StartInstance(ID));
        done(new HostOperation.PauseInstance(ID));
        done(new HostOperation.ResumeInstance(ID));
        done(new HostOperation.SleepInstance(ID, true));
        done(new HostOperation.WakeInstance(ID));
        done(new HostOperation.StopInstance(ID, 0));
        done(new HostOperation.AttachDrives(ID));
        done(new HostOperation.StartInstance(ID));
        done(new HostOperation.SleepInstance(ID, false));
        done(new HostOperation.DestroyInstance(ID));
    }

    @Test
    @Tag("claim-R5")
    void decision_isOnDiskBeforeRootIsAsked() throws Exception {
        wholeLife();
        var changing =
                atRoot.stream().filter(line -> !line.startsWith("observe")).toList();
        assertThat(changing).hasSize(13).allMatch(line -> line.endsWith(" decided"));
        assertThat(changing)
                .startsWith("setup_network: network_set_up decided", "create_instance: instance_created decided");
    }

    @Test
    @Tag("claim-R5")
    void wholeLife_isOnRecord() throws Exception {
        wholeLife();
        assertThat(facts().stream()
                        .filter(fact -> fact.phase() != Phase.DECIDED)
                        .map(AuditedHostdTest::brief))
                .containsExactly(
                        "network_set_up done",
                        "instance_created done",
                        "instance_attached done",
                        "instance_started done",
                        "instance_warmed done",
                        "instance_resumed done",
                        "instance_slept done",
                        "snapshot_created noted",
                        "instance_woken done",
                        "snapshot_restored noted",
                        "instance_stopped done",
                        "instance_attached done",
                        "instance_started done",
                        "instance_slept done",
                        "snapshot_created noted",
                        "instance_destroyed done",
                        "snapshot_deleted noted");
        assertThat(facts()).allMatch(fact -> fact.by().equals("operator") && fact.state() == 1);
        var slept = facts().stream()
                .filter(fact -> fact.event() == TenantEvent.INSTANCE_SLEPT)
                .findFirst()
                .orElseThrow();
        assertThat(slept.subject()).isEqualTo(SUBJECT);
        assertThat(slept.detail()).isEqualTo("forced");
        assertThat(slept.plan()).contains(PlanHash.of("sleep_instance", SUBJECT));
    }

    /// hostd's receipts, and what the agent has recorded, name the same plan; a program is of none.
    @Test
    @Tag("claim-R6")
    void plan_isInDecisionOutcomeAndReceipt() throws Exception {
        done(new HostOperation.SetupNetwork(new NetId(0)));
        var plan = Digest.of(new byte[] {7});
        var client = hostd.under(plan);
        for (var operation : List.of(
                HostFixture.plan(ID, 3), new HostOperation.AttachDrives(ID), new HostOperation.StartInstance(ID))) {
            assertThat(client.call(operation)).isEqualTo(new HostReply.Done());
        }
        assertThat(client.exec(ID, program("/bin/true"))).isNotNull();
        assertThat(facts().stream().skip(2).limit(6))
                .allMatch(fact -> fact.plan().equals(Optional.of(plan)));
        assertThat(facts().getLast().plan()).contains(PlanHash.of("guest_exec", SUBJECT));
        var receipts = Files.readAllLines(root.fixture.auditDirectory.resolve("audit-000000000001.jsonl"));
        assertThat(receipts.getFirst()).contains("\"setup_network\"", "\"plan\":\"none\"");
        assertThat(receipts.subList(1, 4)).allMatch(line -> line.contains("\"plan\":\"" + plan + "\""));
        assertThat(receipts.getLast()).contains("\"guest_exec\"", "\"plan\":\"none\"");
    }

    @Test
    @Tag("claim-R5")
    void refusal_isOnRecordWithItsReason() throws Exception {
        done(HostFixture.plan(ID, 3));
        assertThat(hostd.call(new HostOperation.StartInstance(ID))).isInstanceOf(HostReply.Refused.class);
        assertThat(hostd.call(new HostOperation.SetupNetwork(new NetId(9)))).isInstanceOf(HostReply.Refused.class);
        var last = facts().getLast();
        assertThat(brief(last)).isEqualTo("instance_started refused");
        assertThat(last.reason()).isEqualTo("not_permitted_now");
    }

    @Test
    @Tag("claim-R5")
    void quotaThatIsExceeded_isOnRecordOncePerRefusal() throws Exception {
        var full = audited(answering(new HostReply.Refused(new Label("quota_exceeded"))));
        done(HostFixture.plan(ID, 3));
        for (int i = 1; i <= 3; i++) {
            assertThat(full.call(new HostOperation.StartInstance(ID))).isInstanceOf(HostReply.Refused.class);
            assertThat(facts().stream().filter(fact -> fact.event() == TenantEvent.QUOTA_EXCEEDED))
                    .hasSize(i)
                    .allMatch(fact -> fact.phase() == Phase.REFUSED
                            && fact.subject().equals(SUBJECT)
                            && fact.reason().equals("quota_exceeded"));
        }
    }

    private Hostd answering(HostReply reply) {
        return new Hostd() {
            @Override
            public HostReply call(HostOperation operation) {
                return reply;
            }

            @Override
            public Hostd under(Digest plan) {
                return this;
            }

            @Override
            public Logs logs(InstanceId instance, boolean follow) {
                return new Logs.NotOpened(reply);
            }

            @Override
            public Exec exec(InstanceId instance, ExecRequest request) {
                return new Exec.NotRunning(reply);
            }
        };
    }

    @Test
    void failure_isOnRecordWithWhatFailed() throws Exception {
        done(HostFixture.plan(ID, 3));
        var failing = audited(answering(new HostReply.Failed(new Label("kvm_create"), 12)));
        assertThat(failing.call(new HostOperation.StartInstance(ID))).isInstanceOf(HostReply.Failed.class);
        assertThat(facts().getLast().phase()).isEqualTo(Phase.FAILED);
        assertThat(facts().getLast().reason()).isEqualTo("failed_kvm_create_12");
    }

    @Test
    @Tag("claim-R5")
    void brokenConnection_leavesTheOutcomeUnknown() throws Exception {
        done(HostFixture.plan(ID, 3));
        root.reachable(false);
        assertThatThrownBy(() -> hostd.call(new HostOperation.DestroyInstance(ID)))
                .isInstanceOf(IOException.class);
        assertThat(facts().stream().skip(2).map(AuditedHostdTest::brief))
                .containsExactly("instance_destroyed decided", "instance_destroyed unknown");
        assertThat(facts().getLast().reason()).isEqualTo("hostd_unreachable");
    }

    /// A program's arguments may be secrets; its name is not.
    @Test
    @Tag("claim-R5")
    void program_isOnRecordByItsName_withoutItsArguments() throws Exception {
        done(HostFixture.plan(ID, 3));
        assertThat(hostd.exec(ID, program("/bin/mysql", "--password=hunter2"))).isNotNull();
        assertThat(facts().stream().skip(2).map(AuditedHostdTest::brief))
                .containsExactly("instance_exec decided", "instance_exec refused");
        assertThat(atRoot).last().isEqualTo("guest_exec: instance_exec decided");
        assertThat(facts().getLast().detail()).isEqualTo("/bin/mysql");
        assertThat(Files.readString(
                        WrittenAudit.files(dir.resolve("audits/demo")).getFirst()))
                .doesNotContain("hunter2");
    }

    /// Guests print their tenant's plaintext, so reading it is on record as an exec is.
    @Test
    @Tag("claim-R5")
    void logsThatAreRead_areOnRecord_withRootsAnswer() throws Exception {
        done(HostFixture.plan(ID, 3));
        assertThat(hostd.logs(ID, false)).isEqualTo(new Hostd.Logs.NotOpened(new HostReply.Done()));
        assertThat(atRoot).last().isEqualTo("guest_logs: instance_logs decided");
        var refusing = audited(answering(new HostReply.Refused(new Label("logs_not_granted"))));
        assertThat(refusing.logs(ID, true)).isInstanceOf(Hostd.Logs.NotOpened.class);
        assertThat(facts().stream().skip(2).map(AuditedHostdTest::brief))
                .containsExactly(
                        "instance_logs decided",
                        "instance_logs done",
                        "instance_logs decided",
                        "instance_logs refused");
        assertThat(facts()).last().satisfies(fact -> {
            assertThat(fact.subject()).isEqualTo(SUBJECT);
            assertThat(fact.reason()).isEqualTo("logs_not_granted");
        });
    }

    @Test
    void whatChangesNothing_isNotOnRecord() throws Exception {
        assertThat(hostd.call(new HostOperation.Observe(0, 0))).isInstanceOf(HostReply.Observed.class);
        assertThat(hostd.call(new HostOperation.GuestPing(ID))).isInstanceOf(HostReply.Refused.class);
        assertThat(hostd.call(new HostOperation.StopInstance(ID, 0))).isInstanceOf(HostReply.Refused.class);
        assertThat(facts()).isEmpty();
    }

    /// A shortfall that keeps instances from being planned is recorded once for its duration.
    @Test
    void quotaThatKeepsSomethingFromBeingPlanned_isRecordedOnce() throws Exception {
        var web = new PoolAddress(Ceremony.DEMO, Ceremony.WEB);
        var full = new Plan.Shortfall(web, UnmetReason.MAX_RUNNING, 2);
        var other = new Plan.Shortfall(web, UnmetReason.MAX_DISK_GIB, 1);
        var quotas = new QuotaAudit(audits, () -> 7);
        quotas.planned(new Plan(List.of(), List.of(), List.of(full, new Plan.Shortfall(web, UnmetReason.FROZEN, 3))));
        quotas.planned(
                new Plan(List.of(), List.of(), List.of(new Plan.Shortfall(web, UnmetReason.MAX_RUNNING, 1), other)));
        assertThat(refusals()).containsExactly("max_running: 2 more cannot be", "max_disk_gib: 1 more cannot be");
        quotas.planned(Plan.NOTHING);
        quotas.planned(new Plan(List.of(), List.of(), List.of(full)));
        assertThat(refusals()).hasSize(3);
    }

    private List<String> refusals() throws Exception {
        return facts().stream()
                .filter(fact -> fact.event() == TenantEvent.QUOTA_EXCEEDED
                        && fact.phase() == Phase.REFUSED
                        && fact.subject().equals("demo/web")
                        && fact.state() == 7)
                .map(fact -> fact.reason() + ": " + fact.detail())
                .toList();
    }
}
