package dev.mvm.sealer;

import static dev.mvm.sealer.FilesAndPages.KEY;
import static dev.mvm.sealer.FilesAndPages.STATE;
import static dev.mvm.sealer.FilesAndPages.all;
import static dev.mvm.sealer.FilesAndPages.ask;
import static dev.mvm.sealer.FilesAndPages.request;
import static dev.mvm.sealer.FilesAndPages.sealed;
import static dev.mvm.sealer.FilesAndPages.stream;
import static dev.mvm.sealer.FilesAndPages.writeMemory;
import static dev.mvm.sealer.FilesAndPages.writeState;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.protocol.sealer.Job;
import dev.mvm.protocol.sealer.SealReply;
import dev.mvm.protocol.sealer.TransferMode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One mount, which one sealer after another serves for the same VMM, also after a sealer that did not give it
/// back.
final class HandOverTest {
    @TempDir
    private Path folder;

    interface Call<T> {
        T run() throws IOException;
    }

    /// A step of a VMM, which can wait for a sealer.
    static <T> CompletableFuture<T> vmm(Call<T> call) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return call.run();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                task -> Thread.ofPlatform().daemon().start(task));
    }

    static <T> T done(CompletableFuture<T> call) throws Exception {
        return call.get(Exchange.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    static Fd given(Exchange exchange) throws Exception {
        exchange.ends();
        return exchange.returned().orElseThrow();
    }

    private static void sealAll(FuseMount mount, Exchange exchange) throws Exception {
        writeState(mount, STATE, 0);
        writeMemory(mount, PagingVmm.PAGES);
        exchange.say("go");
        assertThat(exchange.hears()).startsWith("sealed ");
    }

    private static void wakeAll(FuseMount mount, PagingVmm vmm, Exchange exchange) throws Exception {
        assertThat(exchange.hears()).isEqualTo("authentic");
        exchange.say("go");
        assertThat(Files.readAllBytes(mount.file("vmstate"))).isEqualTo(STATE);
        vmm.tell("send");
        assertThat(vmm.answer()).isEqualTo("sent");
        assertThat(exchange.hears()).isEqualTo("paged");
        assertThat(exchange.returned()).isEmpty();
        assertThat(exchange.hears()).startsWith("opened ");
    }

    private static void stopAmidTheMemory(FuseMount mount, Exchange exchange) throws Exception {
        writeState(mount, STATE, 0);
        try (var file = FileChannel.open(mount.file("memory"), WRITE, CREATE)) {
            exchange.say("stop");
            assertThatIOException().isThrownBy(() -> {
                for (int page = 0; page < PagingVmm.PAGES; page++) {
                    assertThat(file.write(ByteBuffer.allocate(PagingVmm.PAGE))).isEqualTo(PagingVmm.PAGE);
                }
            });
        }
        assertThat(exchange.hears()).isEqualTo("refused code=stopped");
    }

    /// Asleep, awake, asleep again, not quite asleep, and asleep at last.
    @Test
    void oneMount_goesFromSealerToSealer() throws Exception {
        try (var mount = FuseMount.make();
                var directory = Directory.open(folder);
                var listener = UnixListener.streams(directory, "u.sock", 0600);
                var vmm = new PagingVmm(folder.resolve("u.sock"));
                var slept = new Exchange();
                var woke = new Exchange();
                var again = new Exchange();
                var stopped = new Exchange();
                var last = new Exchange();
                var first = Three.empty();
                var second = Three.empty();
                var third = Three.empty();
                var fourth = Three.empty()) {
            ask(slept, request(Job.SEAL, TransferMode.FILES), first, mount.device());
            sealAll(mount, slept);

            ask(woke, request(Job.OPEN, TransferMode.PAGES), first, given(slept), listener.fd());
            wakeAll(mount, vmm, woke);

            ask(again, request(Job.SEAL, TransferMode.FILES), second, given(woke));
            sealAll(mount, again);
            assertThat(second.bytes().manifest()).isNotEmpty();

            ask(stopped, request(Job.SEAL, TransferMode.FILES), third, given(again));
            stopAmidTheMemory(mount, stopped);
            assertThat(third.bytes().manifest()).isEmpty();

            ask(last, request(Job.SEAL, TransferMode.FILES), fourth, given(stopped));
            sealAll(mount, last);
            assertThat(fourth.bytes().manifest()).isNotEmpty();
            given(last).close();
            assertThatIOException().isThrownBy(() -> Files.size(mount.file("memory")));
        }
    }

    /// A VMM that waits for a sealer that has ended gets an error, and so does every later call.
    @Test
    void sealerThatIsKilled_endsWhatTheVmmWaitsFor() throws Exception {
        try (var directory = Directory.open(folder);
                var listener = UnixListener.streams(directory, "u.sock", 0600);
                var mount = FuseMount.make();
                var files = Three.of(sealed());
                var keys = Played.secret(KEY);
                var sealer = new SealerProcess(folder, 0, SealerProcess.UNPRIVILEGED)) {
            sealer.say(request(Job.OPEN, TransferMode.PAGES), all(keys, files, mount.device(), listener.fd()));
            mount.device().close();
            assertThat(sealer.hears()).isEqualTo("authentic");
            var reads = vmm(() -> Files.readAllBytes(mount.file("vmstate"))); // no answer before `go`
            sealer.kill();
            assertThatThrownBy(() -> done(reads))
                    .rootCause()
                    .hasMessageMatching(".*(Software caused connection abort|Transport endpoint is not connected)");
            assertThatIOException()
                    .isThrownBy(() -> Files.size(mount.file("vmstate")))
                    .withMessageEndingWith("Transport endpoint is not connected");
        }
    }

    /// In a process of its own, under its filter: what it gives back serves on when it has ended.
    @Test
    void sealerThatHasEnded_leavesTheMountAsItWas() throws Exception {
        try (var mount = FuseMount.make();
                var files = Three.empty();
                var none = Three.empty();
                var sealer = new SealerProcess(folder, 0, SealerProcess.UNPRIVILEGED);
                var next = new Exchange()) {
            try (var keys = Played.secret(KEY)) {
                sealer.say(request(Job.SEAL, TransferMode.FILES), all(keys, none, mount.device()));
            }
            mount.device().close();
            try (var file = FileChannel.open(mount.file("memory"), WRITE, CREATE)) {
                assertThat(file.write(ByteBuffer.allocate(PagingVmm.PAGE))).isEqualTo(PagingVmm.PAGE);
                sealer.say(SealReply.stop(), List.of());
                assertThat(sealer.hears()).isEqualTo("refused code=stopped"); // though the VMM closes nothing
                assertThat(sealer.ends()).isZero();
                var wait = vmm(() -> file.write(ByteBuffer.allocate(PagingVmm.PAGE)));
                ask(
                        next,
                        request(Job.SEAL, TransferMode.FILES),
                        files,
                        sealer.returned().orElseThrow());
                assertThatThrownBy(() -> done(wait)).rootCause().hasMessageContaining("Stale");
            }
            sealAll(mount, next);
            given(next).close();
        }
    }

    @Test
    void refusalsBeforeTheVmmIsServed_giveTheMountBack() throws Exception {
        try (var mount = FuseMount.make();
                var files = Three.empty();
                var shortKeys = Played.secret(new byte[32]);
                var exchange = new Exchange();
                var next = new Exchange()) {
            exchange.say(request(Job.SEAL, TransferMode.FILES), all(shortKeys, files, mount.device()));
            mount.device().close();
            assertThat(exchange.hears()).isEqualTo("refused code=key_short");
            ask(next, request(Job.SEAL, TransferMode.FILES), files, given(exchange));
            sealAll(mount, next); // the first one that serves
            given(next).close();
        }
    }

    /// A `/dev/fuse` that no mount was made of is of the right kind, and of no use.
    @Test
    void deviceWithoutAMount_isRefusedAndGivenBack() throws Exception {
        try (var device = Fd.open(Path.of("/dev/fuse"), OpenFlag.READ_WRITE);
                var files = Three.empty();
                var exchange = new Exchange()) {
            ask(exchange, request(Job.SEAL, TransferMode.FILES), files, device);
            assertThat(exchange.hears()).isEqualTo("refused code=io");
            given(exchange).close();
        }
    }

    @Test
    @Tag("claim-S2")
    void stopWhereThereIsNoMount_endsTheSealer() throws Exception {
        try (var pair = Sockets.pair(Sockets.STREAM);
                var keys = Played.secret(KEY);
                var files = Three.empty();
                var exchange = new Exchange()) {
            exchange.say(Played.request(Job.SEAL).encode(), stream(keys, files, pair.right()));
            pair.right().close();
            exchange.say("stop");
            pair.left().close(); // in a process of its own, the sealer would have ended by now
            exchange.ends();
            assertThat(exchange.wasEnded()).isTrue();
        }
    }
}
