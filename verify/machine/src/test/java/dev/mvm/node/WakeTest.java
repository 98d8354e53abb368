package dev.mvm.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.guest.GuestChannel;
import dev.mvm.protocol.guest.HookWord;
import dev.mvm.protocol.guest.exec.ProgramEnd;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A guest that sleeps and is woken twice from one memory, which never happens to a tenant's: two guests that were
/// the same until then show best what a rekey is for.
@Timeout(value = 600, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class WakeTest {
    /// Offset of the guests' clock, so that no clock can be right by chance.
    private static final Duration ASLEEP = Duration.ofDays(400);

    /// The beginning of a rekey, as a host may leave it on the line when its guest is put to sleep.
    private static final byte[] HALF_A_REKEY = {(byte) 0xA5, 0x0B, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x52, 0, 0, 0, 0, 1, 2};

    /// A worker that writes down what it hears, and has nothing against it.
    private static final String WORKER = """
            { mvm-guest hook listen | while read -r word; do
                echo $word >> /tmp/heard
                [ $word = listen ] && mvm-guest hook busy || mvm-guest hook $word-ok
            done; } > /dev/null 2>&1 &
            """;

    @TempDir
    private Path folder;

    /// Message of a guest that is awake.
    private record Awake(Bytes boot, String random, Instant clock, Instant set, long count, String heard) {}

    @Test
    void guestsWokenFromOneMemory_drawDifferentNumbers_haveTheTime_andGoOnCounting() throws Exception {
        var state = folder.resolve("state");
        Bytes boot;
        long counted;
        try (var machine = Machine.boot(Inputs.image(), Files.createDirectory(folder.resolve("a")))) {
            var heard = new Heard();
            try (var channel = machine.open(heard)) {
                boot = channel.agent().boot();
                assertThat(Program.run(channel, "count").end()).isEqualTo(new ProgramEnd.Exited(0));
                assertThat(Program.run(channel, "sh", "-c", WORKER).end()).isEqualTo(new ProgramEnd.Exited(0));
                assertThat(heard.awaitWord()).isEqualTo(HookWord.BUSY);
                assertThat(channel.prepareSleep(Machine.LIMIT)).isTrue();
                counted = count(channel);
            }
            var transport = machine.connect();
            transport.write(ByteBuffer.wrap(HALF_A_REKEY));
            machine.sleep(state);
            transport.close();
        }
        var first = wake(state, "b");
        var second = wake(state, "c");
        assertThat(first.random()).hasSizeGreaterThan(64).isNotEqualTo(second.random());
        for (var awake : new Awake[] {first, second}) {
            assertThat(awake.boot()).isEqualTo(boot);
            assertThat(awake.clock())
                    .isBetween(awake.set().minusSeconds(1), awake.set().plus(Machine.LIMIT));
            assertThat(awake.count()).isGreaterThanOrEqualTo(counted);
            assertThat(awake.heard()).isEqualTo("listen\nsleep\nrekey");
        }
    }

    private Awake wake(Path state, String name) throws Exception {
        try (var machine = Machine.wake(Inputs.image(), Files.createDirectory(folder.resolve(name)), state);
                var channel = machine.open(new Heard())) {
            var set = Instant.now().plus(ASLEEP);
            var entropy = new byte[64];
            new SecureRandom().nextBytes(entropy);
            assertThat(channel.rekey(Bytes.of(entropy), set, Machine.LIMIT)).isTrue();
            var random = output(channel, "sh", "-c", "head -c 32 /dev/urandom | od -An -tx1");
            var clock = Instant.ofEpochSecond(Long.parseLong(output(channel, "date", "+%s")));
            assertThat(machine.console()).doesNotContain("mvm-guest:");
            return new Awake(
                    channel.agent().boot(), random, clock, set, count(channel), output(channel, "cat", "/tmp/heard"));
        }
    }

    /// Returns the guest's counter once it has grown since the call.
    private static long count(GuestChannel channel) throws Exception {
        var script = "first=$(count); while [ $(count) = $first ]; do sleep 0.1; done; count";
        return Long.parseLong(output(channel, "sh", "-c", script));
    }

    private static String output(GuestChannel channel, String... argv) throws Exception {
        return Program.run(channel, argv).out().strip();
    }
}
