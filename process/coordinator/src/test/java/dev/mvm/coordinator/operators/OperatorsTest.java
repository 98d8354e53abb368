package dev.mvm.coordinator.operators;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.ManualClock;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.FleetKeys;
import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.coordinator.pki.FleetDirectory;
import dev.mvm.coordinator.pki.Peer;
import dev.mvm.coordinator.pki.PkiException;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.Store;
import dev.mvm.coordinator.store.Stores;
import dev.mvm.coordinator.store.Txn;
import dev.mvm.model.TenantId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Roles of operators, from the machine and from the store.
final class OperatorsTest {
    private static final Permission ADMIN = Permission.everywhere(OperatorRole.ADMIN);

    @TempDir
    Path folder;

    private final ManualClock clock = new ManualClock();
    private FleetDirectory directory;
    private Store store;
    private Operators operators;
    private int credentials;

    @BeforeEach
    void create() throws Exception {
        directory = new FleetDirectory(folder.resolve("state"));
        directory.create("main", List.of(), clock.instant());
        store = Stores.inMemory(clock);
        operators = Operators.open(store, directory.operators(), clock);
    }

    private void enrol(CertificateRole role, String name) throws PkiException {
        clock.advance(Duration.ofSeconds(1));
        directory.enrol(
                new Peer(role, name), Duration.ofDays(30), folder.resolve("out-" + credentials++), clock.instant());
    }

    private static void refused(String reason, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().getReason()).isEqualTo(reason));
    }

    private void put(OperatorRecord record) throws Exception {
        put(record.name(), record.bytes());
    }

    private void put(String name, ByteString value) throws Exception {
        var put = List.<Op>of(Op.put(FleetKeys.operatorKey(name), value));
        assertThat(store.txn(new Txn(List.of(), put, List.of())).held()).isTrue();
    }

    private OperatorRecord record(String name, Permission permission) {
        clock.advance(Duration.ofSeconds(1));
        return new OperatorRecord(name, permission, 30, clock.instant(), "operator/alice", false);
    }

    @Test
    void operatorEnrolledOnTheMachine_isAnAdmin_whileTheCoordinatorRuns() throws Exception {
        enrol(CertificateRole.OPERATOR, "alice");
        assertThat(operators.permission("alice")).isEqualTo(ADMIN);
        enrol(CertificateRole.OPERATOR, "bob");
        assertThat(operators.permission("bob")).isEqualTo(ADMIN);
    }

    @Test
    @Tag("claim-C8")
    void operatorWithoutARecord_mayDoNothing() throws Exception {
        enrol(CertificateRole.NODE, "edge-1");
        refused("no_role", () -> operators.permission("edge-1"));
        refused("no_role", () -> operators.permission("mallory"));
    }

    @Test
    @Tag("claim-C8")
    void operatorRevokedOnTheMachine_hasNoRole_untilItIsEnrolledThereAgain() throws Exception {
        enrol(CertificateRole.OPERATOR, "alice");
        clock.advance(Duration.ofSeconds(1));
        directory.operators().revoked("alice", clock.instant());
        refused("no_role", () -> operators.permission("alice"));
        enrol(CertificateRole.OPERATOR, "alice");
        assertThat(operators.permission("alice")).isEqualTo(ADMIN);
    }

    @Test
    void changeInTheStore_isNotUndoneByAnOlderEnrolment() throws Exception {
        enrol(CertificateRole.OPERATOR, "alice");
        assertThat(operators.permission("alice")).isEqualTo(ADMIN);
        var less = Permission.of(OperatorRole.AUDITOR, List.of(new TenantId("acme")));
        put(record("alice", less));
        enrol(CertificateRole.OPERATOR, "bob");
        assertThat(operators.permission("bob")).isEqualTo(ADMIN);
        assertThat(operators.permission("alice")).isEqualTo(less);
        assertThat(Operators.open(store, directory.operators(), clock).permission("alice"))
                .isEqualTo(less);
    }

    @Test
    void operatorsOfAFleetFromBeforeRoles_areAdmins() throws Exception {
        enrol(CertificateRole.OPERATOR, "alice");
        enrol(CertificateRole.NODE, "edge-1");
        Files.delete(folder.resolve("state/fleet/operators"));
        operators = Operators.open(store, directory.operators(), clock);
        assertThat(operators.permission("alice")).isEqualTo(ADMIN);
        refused("no_role", () -> operators.permission("edge-1"));
    }

    /// The first enrolment after the upgrade does not make the file without the names from before.
    @Test
    void enrolmentBeforeTheFirstStart_keepsTheOperatorsFromBefore() throws Exception {
        enrol(CertificateRole.OPERATOR, "alice");
        Files.delete(folder.resolve("state/fleet/operators"));
        enrol(CertificateRole.OPERATOR, "bob");
        assertThat(operators.permission("alice")).isEqualTo(ADMIN);
        assertThat(operators.permission("bob")).isEqualTo(ADMIN);
    }

    /// A store from an old copy knows nothing of later operators: they are not taken for admins.
    @Test
    @Tag("claim-C8")
    void operatorsThatAnOldStoreDoesNotKnow_haveNoRole() throws Exception {
        enrol(CertificateRole.OPERATOR, "alice");
        Files.writeString(
                folder.resolve("state/fleet/issued"),
                "ab operator/ada " + clock.instant().plus(Duration.ofDays(1)) + "\n");
        put(record("ada", Permission.everywhere(OperatorRole.AUDITOR)));
        assertThat(operators.permission("ada").role()).isEqualTo(OperatorRole.AUDITOR);
        var old = Operators.open(Stores.inMemory(clock), directory.operators(), clock);
        refused("no_role", () -> old.permission("ada"));
        assertThat(old.permission("alice")).isEqualTo(ADMIN);
    }

    @Test
    @Tag("claim-C8")
    void unreadableList_refusesAllOperators() throws Exception {
        enrol(CertificateRole.OPERATOR, "alice");
        assertThat(operators.permission("alice")).isEqualTo(ADMIN);
        Files.delete(folder.resolve("state/fleet/operators"));
        refused("operators_unreadable", () -> operators.permission("alice"));
    }

    @Test
    @Tag("claim-C8")
    void damagedRecord_isNoRole() throws Exception {
        for (var text : List.of(
                "", "{}", "x", record("ada", ADMIN).bytes().toStringUtf8().replace("admin", "root"))) {
            put("ada", ByteString.copyFromUtf8(text));
            refused("store_unavailable", () -> operators.permission("ada"));
        }
    }

    @Test
    void lineThatACrashHasCut_isPassedOver() throws Exception {
        enrol(CertificateRole.OPERATOR, "alice");
        var file = folder.resolve("state/fleet/operators");
        Files.writeString(file, Files.readString(file) + "mallory enrolled 2026\nmallory enr");
        assertThat(operators.permission("alice")).isEqualTo(ADMIN);
        refused("no_role", () -> operators.permission("mallory"));
    }

    @Test
    void records_areWrittenAsEver() throws Exception {
        var at = Instant.parse("2026-06-01T12:00:00Z");
        var some = new OperatorRecord(
                "ada",
                Permission.of(OperatorRole.OPERATOR, List.of(new TenantId("globex"), new TenantId("acme"))),
                7,
                at,
                "operator/alice",
                false);
        var golden =
                "{\"operator\":\"ada\",\"role\":\"operator\",\"everywhere\":false,\"tenants\":[\"acme\",\"globex\"],"
                        + "\"days\":7,\"changed_at\":\"2026-06-01T12:00:00Z\",\"changed_by\":\"operator/alice\",\"revoked\":false}";
        assertThat(some.bytes().toString(UTF_8)).isEqualTo(golden);
        put(some);
        assertThat(OperatorTable.read(store).of("ada")).contains(some);
        put(record("bob", ADMIN));
        assertThat(OperatorTable.read(store).of("bob"))
                .map(OperatorRecord::permission)
                .contains(ADMIN);
    }

    @Test
    void permission_isForAllTenantsOrForSome() {
        assertThatThrownBy(() -> Permission.of(OperatorRole.ADMIN, List.of()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Permission(OperatorRole.ADMIN, true, List.of(new TenantId("acme"))))
                .isInstanceOf(IllegalArgumentException.class);
        var some = Permission.of(OperatorRole.ADMIN, List.of(new TenantId("acme")));
        assertThat(some.covers("acme")).isTrue();
        for (var other : List.of("globex", "", "acm", "acmes", "acme/web", "*", "ACME")) {
            assertThat(some.covers(other)).as(other).isFalse();
        }
        assertThat(ADMIN.covers("")).isTrue();
    }
}
