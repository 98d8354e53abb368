package dev.mvm.protocol.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The real QEMU.
final class QemuTest {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final QmpAnswer<EmptyReturn> DONE = new QmpAnswer.Value<>(EmptyReturn.DONE);

    @TempDir
    Path directory;

    private final LinkedBlockingQueue<QmpEvent> events = new LinkedBlockingQueue<>();

    @BeforeEach
    void needsQemu() {
        assumeTrue(Files.isExecutable(Qemu.executable()), "qemu-system-x86 is not installed");
    }

    private QmpClient client(Qemu qemu) throws IOException {
        var client = new QmpClient(qemu.connection(), events::add);
        assertThat(client.negotiate(PATIENCE)).isEqualTo(DONE);
        return client;
    }

    private static void done(QmpClient client, QmpCommand.Act... commands) {
        for (var command : commands) {
            assertThat(client.call(command, PATIENCE)).as("%s", command).isEqualTo(DONE);
        }
    }

    private static RunState state(QmpClient client) {
        return switch (client.call(new QmpCommand.QueryStatus(), PATIENCE)) {
            case QmpAnswer.Value<RunState>(var state) -> state;
            case QmpAnswer<RunState> other -> throw new AssertionError(other);
        };
    }

    private void await(QmpClient client, QmpEvent event) {
        while (!events.contains(event)) {
            assertThat(client.listen(PATIENCE))
                    .as("%s comes after %s", event, events)
                    .isEqualTo(DONE);
        }
        events.clear();
    }

    @Test
    void machine_stopsContinuesAndQuits() throws Exception {
        try (var qemu = Qemu.start(directory, BootSector.idle(), "-S");
                var client = client(qemu)) {
            assertThat(client.call(new QmpCommand.QueryVersion(), PATIENCE))
                    .isInstanceOfSatisfying(
                            QmpAnswer.Value.class,
                            answer -> assertThat(answer.value().toString()).matches("[0-9]+\\.[0-9]+\\.[0-9]+"));
            assertThat(state(client)).isEqualTo(RunState.PRELAUNCH);
            done(client, new QmpCommand.Cont());
            await(client, new QmpEvent.Resumed());
            assertThat(state(client)).isEqualTo(RunState.RUNNING);
            done(client, new QmpCommand.Stop(), new QmpCommand.Stop());
            await(client, new QmpEvent.Stopped());
            assertThat(state(client)).isEqualTo(RunState.PAUSED);
            done(client, new QmpCommand.SystemPowerdown(), new QmpCommand.Quit());
            await(client, new QmpEvent.Shutdown(false, "host-qmp-quit"));
            assertThat(qemu.exitStatus()).isZero();
            assertThat(client.call(new QmpCommand.QueryStatus(), PATIENCE))
                    .isEqualTo(new QmpAnswer.Broken<>(QmpAnswer.Reason.CLOSED));
        }
    }

    @Test
    void guestsReset_isAnEvent() throws Exception {
        try (var qemu = Qemu.start(directory, BootSector.reset(), "-S");
                var client = client(qemu)) {
            done(client, new QmpCommand.Cont());
            await(client, new QmpEvent.Reset(true));
        }
    }

    @Test
    void guestsReset_endsAQemuThatMayNotReboot() throws Exception {
        try (var qemu = Qemu.start(directory, BootSector.reset(), "-S", "-no-reboot");
                var client = client(qemu)) {
            done(client, new QmpCommand.Cont());
            await(client, new QmpEvent.Shutdown(true, "guest-reset"));
            assertThat(qemu.exitStatus()).isZero();
        }
    }

    @Test
    void guestsPanic_isAnEvent() throws Exception {
        try (var qemu = Qemu.start(
                        directory, BootSector.panic(), "-S", "-device", "pvpanic", "-action", "panic=pause");
                var client = client(qemu)) {
            done(client, new QmpCommand.Cont());
            await(client, new QmpEvent.GuestPanicked("pause"));
            assertThat(state(client)).isEqualTo(RunState.GUEST_PANICKED);
        }
    }

    /// Runs, stops, is written away, ends; a second QEMU reads the state and goes on with the next letter.
    @ParameterizedTest
    @EnumSource
    void machine_goesOnInAnotherProcessWhereItStopped(Way way) throws Exception {
        var file = new StateChannel.File(directory.resolve("state").toString());
        var capabilities = new QmpCommand.SetCapabilities(
                way == Way.MAPPED_FILE
                        ? EnumSet.of(MigrationCapability.EVENTS, MigrationCapability.MAPPED_RAM)
                        : EnumSet.of(MigrationCapability.EVENTS));
        int last = save(capabilities, way == Way.DESCRIPTOR ? new StateChannel.Inherited(1) : file);
        int next = restoreAndRead(capabilities, way == Way.DESCRIPTOR ? new StateChannel.Inherited(2) : file);
        assertThat(next).isEqualTo(last == 'Z' ? 'A' : last + 1);
    }

    enum Way {
        FILE,
        MAPPED_FILE,
        DESCRIPTOR
    }

    /// Saves a running guest and returns the last letter that it wrote.
    private int save(QmpCommand.SetCapabilities capabilities, StateChannel state) throws Exception {
        try (var qemu = Qemu.start(directory, BootSector.letters(), "-S");
                var client = client(qemu)) {
            done(client, new QmpCommand.Cont());
            assertThat(qemu.output().readNBytes(3)).containsExactly('A', 'B', 'C');
            done(client, new QmpCommand.Stop(), capabilities, new QmpCommand.SetParameters(1L << 40, 10_000));
            done(client, new QmpCommand.Migrate(state));
            await(client, new QmpEvent.MigrationMoved(Migration.Status.COMPLETED));
            assertThat(client.call(new QmpCommand.QueryMigrate(), PATIENCE))
                    .isEqualTo(new QmpAnswer.Value<>(new Migration(Migration.Status.COMPLETED, "")));
            assertThat(afterMigration(client)).isEqualTo(RunState.POSTMIGRATE);
            done(client, new QmpCommand.Quit());
            var rest = qemu.output().readAllBytes();
            return rest.length == 0 ? 'C' : rest[rest.length - 1];
        }
    }

    /// The state after a migration: QEMU says that it is completed a moment before it leaves `finish-migrate`.
    private static RunState afterMigration(QmpClient client) throws Exception {
        var state = state(client);
        while (state == RunState.FINISH_MIGRATE) {
            state = state(client);
        }
        return state;
    }

    private int restoreAndRead(QmpCommand.SetCapabilities capabilities, StateChannel state) throws Exception {
        try (var qemu = Qemu.start(directory, BootSector.letters(), "-S", "-incoming", "defer");
                var client = client(qemu)) {
            assertThat(state(client)).isEqualTo(RunState.INMIGRATE);
            done(client, capabilities, new QmpCommand.MigrateIncoming(state));
            await(client, new QmpEvent.MigrationMoved(Migration.Status.COMPLETED));
            done(client, new QmpCommand.Cont());
            return qemu.output().read();
        }
    }

    @Test
    void descriptorThatWasNotHandedDown_isRefused() throws Exception {
        try (var qemu = Qemu.start(directory, BootSector.idle(), "-S");
                var client = client(qemu)) {
            assertThat(client.call(new QmpCommand.Migrate(new StateChannel.Inherited(77)), PATIENCE))
                    .isInstanceOfSatisfying(
                            QmpAnswer.Fault.class,
                            fault -> assertThat(fault.errorClass()).isEqualTo("GenericError"));
        }
    }

    @Test
    void stateThatCannotBeWritten_isRefusedAndTheGuestGoesOn() throws Exception {
        try (var qemu = Qemu.start(directory, BootSector.idle(), "-S");
                var client = client(qemu)) {
            var nowhere = new StateChannel.File(directory.resolve("none/state").toString());
            assertThat(client.call(new QmpCommand.Migrate(nowhere), PATIENCE)).isInstanceOf(QmpAnswer.Fault.class);
            done(client, new QmpCommand.Cont());
            assertThat(state(client)).isEqualTo(RunState.RUNNING);
        }
    }

    @Test
    void stateThatIsNone_fails() throws Exception {
        var file = Files.write(directory.resolve("state"), new byte[4_096]);
        try (var qemu = Qemu.start(directory, BootSector.idle(), "-S", "-incoming", "defer");
                var client = client(qemu)) {
            done(client, new QmpCommand.SetCapabilities(EnumSet.of(MigrationCapability.EVENTS)));
            client.call(new QmpCommand.MigrateIncoming(new StateChannel.File(file.toString())), PATIENCE);
            assertThat(qemu.exitStatus()).isNotZero();
        }
    }

    @Test
    void everyCapability_isKnown() throws Exception {
        try (var qemu = Qemu.start(directory, BootSector.idle(), "-S");
                var client = client(qemu)) {
            for (var capability : MigrationCapability.values()) {
                done(client, new QmpCommand.SetCapabilities(EnumSet.of(capability)));
            }
            done(client, new QmpCommand.SetCapabilities(Set.of()));
        }
    }
}
