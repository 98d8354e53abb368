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
import static java.nio.charset.StandardCharsets.US_ASCII;
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

/// One mount, which one sealer after another serves for the same VMM, and what becomes of it when a sealer does
/// not give it back.
final class HandOverTest {
    @TempDir
    private Path folder;

    private interface Call<T> {
        T run() throws IOException;
    }

    /// What a VMM does, which can wait for a sealer.
    private static <T> CompletableFuture<T> vmm(Call<T> call) {
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

    private static <T> T done(CompletableFuture<T> call) throws Exception {
        return call.get(Exchange.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static Fd given(Exchange exchange) throws Exception {
        exchange.ends();
        return exchange.returned().orElseThrow();
    }

    private static void sealAll(FuseMount mount, Exchange exchange) throws Exception {
        writeState(mount, STATE, 0);
        writeMemory(mount, PagingVmm.PAGES);
        exchange.say("go");
        assertThat(exchange.hears()).startsWith("sealed ");
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
            assertThat(woke.hears()).isEqualTo("authentic");
            woke.say("go");
            assertThat(Files.readAllBytes(mount.file("vmstate"))).isEqualTo(STATE);
            vmm.tell("send");
            assertThat(vmm.answer()).isEqualTo("sent");
            assertThat(woke.hears()).isEqualTo("paged");
            assertThat(woke.returned()).isEmpty();
            assertThat(woke.hears()).startsWith("opened ");

            ask(again, request(Job.SEAL, TransferMode.FILES), second, given(woke));
            sealAll(mount, again);
            assertThat(second.bytes().manifest()).isNotEmpty();

            ask(stopped, request(Job.SEAL, TransferMode.FILES), third, given(again));
            writeState(mount, STATE, 0);
            try (var file = FileChannel.open(mount.file("memory"), WRITE, CREATE)) {
                stopped.say("stop");
                assertThatIOException().isThrownBy(() -> {
                    for (int page = 0; page < PagingVmm.PAGES; page++) {
                        assertThat(file.write(ByteBuffer.allocate(PagingVmm.PAGE)))
                                .isEqualTo(PagingVmm.PAGE);
                    }
                });
            }
            assertThat(stopped.hears()).isEqualTo("refused code=stopped");
            assertThat(third.bytes().manifest()).isEmpty();

            ask(last, request(Job.SEAL, TransferMode.FILES), fourth, given(stopped));
            sealAll(mount, last);
            assertThat(fourth.bytes().manifest()).isNotEmpty();
            given(last).close();
            assertThatIOException().isThrownBy(() -> Files.size(mount.file("memory")));
        }
    }

    /// Before the VMM has asked for anything: its snapshot is not even authentic yet, or waits to be let go.
    @Test
    void stopInsteadOfGo_keepsAllFromTheVmm() throws Exception {
        var good = sealed();
        try (var mount = FuseMount.make();
                var directory = Directory.open(folder);
                var listener = UnixListener.streams(directory, "u.sock", 0600);
                var files = Three.of(good);
                var exchange = new Exchange();
                var next = new Exchange()) {
            ask(exchange, request(Job.OPEN, TransferMode.PAGES), files, mount.device(), listener.fd());
            assertThat(exchange.hears()).isEqualTo("authentic");
            var reads = vmm(() -> Files.readAllBytes(mount.file("vmstate")));
            exchange.say("stop");
            assertThat(exchange.hears()).isEqualTo("refused code=stopped");
            assertThat(reads).isNotDone(); // it waits for the next one
            ask(next, request(Job.OPEN, TransferMode.PAGES), files, given(exchange), listener.fd());
            assertThat(next.hears()).isEqualTo("authentic");
            next.say("go");
            assertThat(done(reads)).isEqualTo(STATE);
            next.say("stop"); // and the VMM has sent nothing
            assertThat(next.hears()).isEqualTo("refused code=stopped");
            given(next).close();
        }
    }

    /// Memory that a VMM has sent is not let go of until hostd has ended that VMM.
    @Test
    void stopAfterTheVmmHasSentItsMemory_waitsForHostd() throws Exception {
        var good = sealed();
        var bytes = good.memory().clone();
        bytes[100] ^= 1;
        try (var mount = FuseMount.make();
                var directory = Directory.open(folder);
                var listener = UnixListener.streams(directory, "u.sock", 0600);
                var vmm = new PagingVmm(folder.resolve("u.sock"));
                var files = Three.of(good.withMemory(bytes));
                var exchange = new Exchange()) {
            ask(exchange, request(Job.OPEN, TransferMode.PAGES), files, mount.device(), listener.fd());
            assertThat(exchange.hears()).isEqualTo("authentic");
            exchange.say("go");
            vmm.tell("send");
            assertThat(vmm.answer()).isEqualTo("sent");
            assertThat(exchange.hears()).isEqualTo("paged");
            assertThat(exchange.hears()).isEqualTo("refused code=altered");
            assertThat(exchange.returned()).isPresent();
            exchange.say("stop"); // it had not heard yet
            vmm.kill();
            exchange.hangUp();
            exchange.ends();
        }
    }

    /// Who waits for a sealer that is no more is told so, and nobody waits after that.
    @Test
    void sealerThatIsKilled_endsWhatTheVmmWaitsFor() throws Exception {
        try (var directory = Directory.open(folder);
                var listener = UnixListener.streams(directory, "u.sock", 0600);
                var mount = FuseMount.make();
                var files = Three.of(sealed());
                var pipe = Played.piped(KEY);
                var sealer = new SealerProcess(folder, 0, SealerProcess.UNPRIVILEGED)) {
            sealer.say(request(Job.OPEN, TransferMode.PAGES), all(pipe, files, mount.device(), listener.fd()));
            mount.device().close();
            assertThat(sealer.hears()).isEqualTo("authentic");
            var reads = vmm(() -> Files.readAllBytes(mount.file("vmstate"))); // before `go` nobody answers
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
            try (var pipe = Played.piped(KEY)) {
                sealer.say(request(Job.SEAL, TransferMode.FILES), all(pipe, none, mount.device()));
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
                var short1 = Played.piped(new byte[31]);
                var exchange = new Exchange();
                var next = new Exchange()) {
            exchange.say(request(Job.SEAL, TransferMode.FILES), all(short1, files, mount.device()));
            mount.device().close();
            assertThat(exchange.hears()).isEqualTo("refused code=key_short");
            ask(next, request(Job.SEAL, TransferMode.FILES), files, given(exchange));
            sealAll(mount, next); // who is the first to serve
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
                var pipe = Played.piped(KEY);
                var files = Three.empty();
                var exchange = new Exchange()) {
            exchange.say(Played.request(Job.SEAL).encode(), stream(pipe, files, pair.right()));
            pair.right().close();
            exchange.say("stop");
            pair.left().close(); // in a process of its own there would be nobody any more to seal what came
            exchange.ends();
            assertThat(exchange.wasEnded()).isTrue();
        }
    }

    /// A wake says so, and then the one who has the VMM write and hears that it failed.
    @Test
    void stopTwice_isAsOnce_andTheMountComesBack() throws Exception {
        try (var mount = FuseMount.make();
                var files = Three.empty();
                var sealer = new SealerProcess(folder, 0, SealerProcess.UNPRIVILEGED);
                var pipe = Played.piped(KEY)) {
            sealer.say(request(Job.SEAL, TransferMode.FILES), all(pipe, files, mount.device()));
            mount.device().close();
            try (var _ = FileChannel.open(mount.file("memory"), WRITE, CREATE)) { // which keeps it from ending at once
                sealer.say(SealReply.stop(), List.of());
                sealer.say("stop".getBytes(US_ASCII), List.of());
                assertThat(sealer.hears()).isEqualTo("refused code=stopped");
                assertThat(sealer.ends()).isZero();
                sealer.returned().orElseThrow().close();
            }
        }
    }
}
