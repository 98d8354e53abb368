package dev.mvm.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.protocol.guest.EndReason;
import dev.mvm.protocol.guest.HookWord;
import dev.mvm.protocol.guest.exec.ProgramEnd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Start and end of a machine; each test boots one of its own.
@Timeout(value = 600, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class LifeTest {
    @TempDir
    private Path folder;

    @Test
    void powerOff_endsTheMachine_whateverRunsInIt() throws Exception {
        var heard = new Heard();
        try (var machine = Machine.boot(Inputs.image(), folder);
                var channel = machine.open(heard)) {
            var stubborn =
                    Program.withInput(channel, "sh", "-c", "trap '' TERM; echo started; while :; do sleep 1; done");
            stubborn.awaitOut("started");
            channel.powerOff();
            assertThat(machine.awaitEnd()).as(machine.console()).isZero();
            assertThat(heard.awaitClosed()).isIn(EndReason.GUEST_HUNG_UP, EndReason.TRANSPORT_FAILED);
            assertThat(stubborn.end()).isInstanceOf(ProgramEnd.Lost.class);
            assertThat(machine.console()).doesNotContain("Kernel panic", "mvm-guest:");
        }
    }

    @Test
    void imageWithWorker_isReadyWhenItsWorkerSaysSo() throws Exception {
        var worker = Files.writeString(folder.resolve("worker"), """
                #!/bin/sh
                while ! [ -e /tmp/go ]; do sleep 0.1; done
                mvm-guest hook busy
                mvm-guest hook idle
                mvm-guest hook ready
                mvm-guest hook nonsense
                exec sleep 1000
                """);
        var image = folder.resolve("image");
        var build = Build.of(Inputs.busybox(), Inputs.agent(), image, worker);
        assertThat(build.status()).as(build.err()).isZero();

        var heard = new Heard();
        try (var machine = Machine.boot(image, folder)) {
            try (var channel = machine.open(heard)) {
                assertThat(channel.ping(Machine.LIMIT)).isTrue();
                assertThat(channel.ready()).isFalse();
                assertThat(Program.run(channel, "touch", "/tmp/go").end()).isEqualTo(new ProgramEnd.Exited(0));
                assertThat(heard.awaitWord()).isEqualTo(HookWord.BUSY);
                assertThat(heard.awaitWord()).isEqualTo(HookWord.IDLE);
                heard.awaitReady();
                assertThat(heard.awaitWord()).isEqualTo(HookWord.READY);
            }
            try (var channel = machine.open(new Heard())) {
                assertThat(channel.ping(Machine.LIMIT)).isTrue();
                assertThat(channel.ready()).isTrue();
            }
        }
    }
}
