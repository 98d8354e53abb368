package dev.mvm.sealer;

import static dev.mvm.sealer.FilesAndPages.KEY;
import static dev.mvm.sealer.FilesAndPages.STATE;
import static dev.mvm.sealer.FilesAndPages.all;
import static dev.mvm.sealer.FilesAndPages.ask;
import static dev.mvm.sealer.FilesAndPages.request;
import static dev.mvm.sealer.FilesAndPages.sealed;
import static dev.mvm.sealer.HandOverTest.done;
import static dev.mvm.sealer.HandOverTest.given;
import static dev.mvm.sealer.HandOverTest.vmm;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.protocol.sealer.Job;
import dev.mvm.protocol.sealer.SealReply;
import dev.mvm.protocol.sealer.TransferMode;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Stops of a sealer by hostd, and the mount after them.
final class HandOverStopTest {
    @TempDir
    private Path folder;

    /// A stop before the VMM has sent its memory: while its snapshot is checked, or waits for `go`.
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
            assertThat(reads).isNotDone(); // it waits for the next sealer
            ask(next, request(Job.OPEN, TransferMode.PAGES), files, given(exchange), listener.fd());
            assertThat(next.hears()).isEqualTo("authentic");
            next.say("go");
            assertThat(done(reads)).isEqualTo(STATE);
            next.say("stop"); // and the VMM has sent nothing
            assertThat(next.hears()).isEqualTo("refused code=stopped");
            given(next).close();
        }
    }

    /// The userfaultfd of a VMM stays open until hostd has killed the VMM.
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
            exchange.say("stop"); // hostd had not read the answer yet
            vmm.kill();
            exchange.hangUp();
            exchange.ends();
        }
    }

    /// A wake sends `stop`, and so does the thread of hostd whose request to write the snapshot fails then.
    @Test
    void stopTwice_isAsOnce_andTheMountComesBack() throws Exception {
        try (var mount = FuseMount.make();
                var files = Three.empty();
                var sealer = new SealerProcess(folder, 0, SealerProcess.UNPRIVILEGED);
                var keys = Played.secret(KEY)) {
            sealer.say(request(Job.SEAL, TransferMode.FILES), all(keys, files, mount.device()));
            mount.device().close();
            try (var _ = FileChannel.open(mount.file("memory"), WRITE, CREATE)) {
                // an open file keeps the sealer from ending at once
                sealer.say(SealReply.stop(), List.of());
                sealer.say("stop".getBytes(US_ASCII), List.of());
                assertThat(sealer.hears()).isEqualTo("refused code=stopped");
                assertThat(sealer.ends()).isZero();
                sealer.returned().orElseThrow().close();
            }
        }
    }
}
