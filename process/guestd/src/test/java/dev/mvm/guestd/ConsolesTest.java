package dev.mvm.guestd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.fd.Fd;
import dev.mvm.model.InstanceId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Consoles of a tenant's VMs, in pipes as the launcher makes them.
final class ConsolesTest {
    private static final InstanceId FIRST = InstanceId.of(1);

    @TempDir
    private Path folder;

    private final AtomicLong now = new AtomicLong();
    private final List<String> log = new CopyOnWriteArrayList<>();
    private final Consoles consoles = new Consoles(now::get, log::add);

    private Pipe pipe(InstanceId instance) throws Exception {
        return new Pipe(folder.resolve(instance.value()));
    }

    /// Has a VM print something and end.
    private Console whole(InstanceId instance, String text) throws Exception {
        try (var pipe = pipe(instance)) {
            consoles.attach(instance, pipe.end());
            pipe.print(text);
        }
        return ended(instance);
    }

    private Console ended(InstanceId instance) throws InterruptedException {
        var console = consoles.find(instance).orElseThrow();
        while (console.ended().isEmpty()) {
            console.await(console.written(), RunningGuestd.PATIENCE);
        }
        return console;
    }

    private static String text(Console console) {
        return new String(console.from(0, Console.MOST).bytes().array(), UTF_8);
    }

    @Test
    void whatAVmPrints_isKeptAfterItsEnd_forADay() throws Exception {
        assertThat(text(whole(FIRST, "hello\n"))).isEqualTo("hello\n");
        now.set(Consoles.KEPT.toNanos());
        assertThat(consoles.find(FIRST)).isPresent();
        now.incrementAndGet();
        assertThat(consoles.find(FIRST)).isEmpty();
    }

    @Test
    void consoleOfAVmThatRuns_isNotForgotten() throws Exception {
        try (var pipe = pipe(FIRST)) {
            consoles.attach(FIRST, pipe.end());
            now.set(10 * Consoles.KEPT.toNanos());
            consoles.expire();
            assertThat(consoles.find(FIRST)).isPresent();
        }
        assertThat(consoles.find(FIRST)).isPresent();
    }

    /// hostd hands it over again with each session.
    @Test
    void consoleThatIsHandedOverTwice_isReadOnce() throws Exception {
        try (var pipe = pipe(FIRST)) {
            for (int i = 0; i < 5; i++) {
                consoles.attach(FIRST, pipe.end());
                pipe.print("line " + i + "\n");
            }
        }
        assertThat(text(ended(FIRST))).isEqualTo("line 0\nline 1\nline 2\nline 3\nline 4\n");
    }

    @Test
    void nextVmOfAnInstance_printsBehindTheFirst() throws Exception {
        var console = whole(FIRST, "one\n");
        assertThat(whole(FIRST, "two\n")).isSameAs(console);
        assertThat(text(console)).isEqualTo("one\ntwo\n");
    }

    /// The bound of a tenant: 256 rings of 64 KiB.
    @Test
    @Tag("claim-G7")
    void oneInstanceTooMany_takesThePlaceOfTheOneThatEndedFirst() throws Exception {
        var running = InstanceId.of(0x1000);
        try (var pipe = pipe(running)) {
            consoles.attach(running, pipe.end());
            for (int i = 1; i < Consoles.MOST; i++) {
                now.set(i == 7 ? 1 : 1000 + i); // the seventh has ended first
                whole(InstanceId.of(i), "x");
            }
            now.set(5000);
            whole(InstanceId.of(0x2000), "x");
            assertThat(consoles.find(InstanceId.of(7))).isEmpty();
            assertThat(consoles.find(running)).isPresent();
            assertThat(consoles.find(InstanceId.of(1))).isPresent();
            whole(InstanceId.of(0x2001), "x");
            assertThat(consoles.find(InstanceId.of(1))).isEmpty();
            assertThat(consoles.find(running)).isPresent();
        }
        assertThat((long) Consoles.MOST * Console.MOST).isEqualTo(16L << 20);
    }

    /// A VMM that was taken over has put something else there.
    @Test
    @Tag("claim-G7")
    void whatIsNoPipe_isClosed() throws Exception {
        var file = Files.write(folder.resolve("file"), new byte[100]);
        var others = new ArrayList<Fd>(List.of(open(file), open(Path.of("/dev/zero")), open(folder)));
        for (var other : others) {
            consoles.attach(FIRST, other);
        }
        assertThat(others).noneMatch(Fd::isOpen);
        assertThat(consoles.find(FIRST)).isEmpty();
        assertThat(log).hasSize(3);
    }

    @SuppressWarnings("MustBeClosedChecker") // the consoles'
    private static Fd open(Path path) throws IOException {
        return Fd.open(path);
    }

    /// A guest that floods: every byte is read, and the last 64 KiB are there.
    @Test
    @Tag("claim-G7")
    void flood_losesTheOldestBytes_andNoOthersOutput() throws Exception {
        var other = InstanceId.of(2);
        try (var flooding = pipe(FIRST);
                var quiet = pipe(other)) {
            consoles.attach(FIRST, flooding.end());
            consoles.attach(other, quiet.end());
            quiet.print("before\n");
            var piece = new byte[1 << 20];
            for (int i = 0; i < 20; i++) {
                flooding.print(piece);
            }
            flooding.print("last");
            quiet.print("after\n");
        }
        var flooded = ended(FIRST);
        assertThat(flooded.written()).isEqualTo((20L << 20) + 4);
        var part = flooded.from(0, Console.MOST);
        assertThat(part.lost()).isEqualTo(flooded.written() - Console.MOST);
        assertThat(part.bytes().array()).hasSize(Console.MOST).endsWith("last".getBytes(UTF_8));
        assertThat(text(ended(other))).isEqualTo("before\nafter\n");
    }
}
