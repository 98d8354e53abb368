package dev.mvm.sealer;

import static dev.mvm.sealer.FilesAndPages.BYTES;
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
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.protocol.sealer.Job;
import dev.mvm.protocol.sealer.SealReply;
import dev.mvm.protocol.sealer.TransferMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A VMM that writes its snapshot as files, and one that loads it page by page, as Firecracker does.
final class FilesAndPagesTest {
    @TempDir
    private Path folder;

    private void sealInAProcess(Three files) throws Exception {
        try (var mount = FuseMount.make();
                var keys = Played.secret(KEY);
                var sealer = new SealerProcess(folder, 0, SealerProcess.UNPRIVILEGED)) {
            sealer.say(request(Job.SEAL, TransferMode.FILES), all(keys, files, mount.device()));
            mount.device().close();
            writeMemory(mount, PagingVmm.PAGES);
            writeState(mount, STATE, 0);
            sealer.say(SealReply.go(), List.of());
            var sealed = (SealReply.Sealed) SealReply.parse(sealer.hears().getBytes(US_ASCII));
            assertThat(sealed.plainBytes()).isEqualTo(BYTES + STATE.length);
            assertThat(sealed.memoryBytes())
                    .isEqualTo(files.memory().status().size())
                    .isLessThan(BYTES * 3 / 4);
            assertThat(sealer.ends()).isZero();
            assertThat(sealer.output()).isEmpty();
        }
    }

    /// In a process of its own, under its filter.
    @Test
    void whatWasWrittenAsFiles_comesBackAsPages() throws Exception {
        try (var directory = Directory.open(folder);
                var listener = UnixListener.streams(directory, "u.sock", 0600);
                var vmm = new PagingVmm(folder.resolve("u.sock"));
                var files = Three.empty()) {
            sealInAProcess(files);
            try (var mount = FuseMount.make();
                    var keys = Played.secret(KEY);
                    var sealer = new SealerProcess(folder, 0, SealerProcess.UNPRIVILEGED)) {
                sealer.say(request(Job.OPEN, TransferMode.PAGES), all(keys, files, mount.device(), listener.fd()));
                mount.device().close();
                assertThat(sealer.hears()).isEqualTo("authentic");
                sealer.say(SealReply.go(), List.of());
                assertThat(Files.readAllBytes(mount.file("vmstate"))).isEqualTo(STATE);
                vmm.tell("send");
                assertThat(vmm.answer()).isEqualTo("sent");
                assertThat(sealer.hears()).isEqualTo("paged");
                vmm.tell("all 4");
                int content = PagingVmm.pagesWithContent();
                assertThat(vmm.answer())
                        .isEqualTo("snapshot " + content + " zero " + (PagingVmm.PAGES - content) + " other 0");
                assertThat(sealer.hears()).isEqualTo("opened plain_bytes=" + (BYTES + STATE.length));
                assertThat(sealer.ends()).isZero();
                assertThat(sealer.output()).isEmpty();
            }
        }
    }

    @Test
    @Tag("claim-S1")
    void memoryThatIsNotAllThere_isRefused() throws Exception {
        try (var mount = FuseMount.make();
                var files = Three.empty();
                var exchange = new Exchange()) {
            ask(exchange, request(Job.SEAL, TransferMode.FILES), files, mount.device());
            writeState(mount, STATE, 0);
            writeMemory(mount, PagingVmm.PAGES - 1);
            exchange.say("go");
            assertThat(exchange.hears()).isEqualTo("refused code=bad_piece");
            exchange.ends();
            assertThat(files.bytes().manifest()).isEmpty();
        }
    }

    @Test
    void stateInAnotherOrder_isRefused() throws Exception {
        try (var mount = FuseMount.make();
                var files = Three.empty();
                var exchange = new Exchange()) {
            ask(exchange, request(Job.SEAL, TransferMode.FILES), files, mount.device());
            assertThatIOException().isThrownBy(() -> writeState(mount, STATE, 1));
            assertThat(exchange.hears()).isEqualTo("refused code=bad_piece");
            exchange.ends();
            assertThat(files.bytes().manifest()).isEmpty();
        }
    }

    @Test
    @Tag("claim-S1")
    void memoryThatComesTwice_isRefused() throws Exception {
        try (var mount = FuseMount.make();
                var files = Three.empty();
                var exchange = new Exchange()) {
            ask(exchange, request(Job.SEAL, TransferMode.FILES), files, mount.device());
            writeMemory(mount, 10);
            assertThatIOException().isThrownBy(() -> writeMemory(mount, 1));
            assertThat(exchange.hears()).isEqualTo("refused code=bad_piece");
            exchange.ends();
        }
    }

    @Test
    void vmmThatGoesBeforeItHasWrittenAll_isRefused() throws Exception {
        try (var mount = FuseMount.make();
                var files = Three.empty();
                var exchange = new Exchange()) {
            ask(exchange, request(Job.SEAL, TransferMode.FILES), files, mount.device());
            writeMemory(mount, 10);
            mount.unmount();
            assertThat(exchange.hears()).isEqualTo("refused code=vmm_hung_up");
            exchange.ends();
            assertThat(files.bytes().manifest()).isEmpty();
        }
    }

    @Test
    @Tag("claim-S1")
    void alteredState_doesNotReachTheVmm() throws Exception {
        var good = sealed();
        var bytes = good.vmstate().clone();
        bytes[100] ^= 1;
        try (var mount = FuseMount.make();
                var directory = Directory.open(folder);
                var listener = UnixListener.streams(directory, "u.sock", 0600);
                var files = Three.of(good.withVmstate(bytes));
                var exchange = new Exchange()) {
            ask(exchange, request(Job.OPEN, TransferMode.PAGES), files, mount.device(), listener.fd());
            assertThat(exchange.hears()).isEqualTo("authentic");
            exchange.say("go");
            assertThatIOException().isThrownBy(() -> Files.readAllBytes(mount.file("vmstate")));
            assertThat(exchange.hears()).isEqualTo("refused code=altered");
            exchange.ends();
        }
    }

    /// The first chunk of memory is altered: the VMM waits for those pages for good.
    @Test
    @Tag("claim-S1")
    void alteredMemory_doesNotReachTheVmm() throws Exception {
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
            assertThat(exchange.hears()).isEqualTo("paged"); // there is no working set
            assertThat(exchange.hears()).isEqualTo("refused code=altered");
            vmm.tell("read 0"); // and no answer, but the end with the process
            vmm.kill();
            exchange.hangUp();
            exchange.ends();
        }
    }

    @Test
    void waysThatDoNotBelongTogether_areRefused() throws Exception {
        var good = sealed();
        var stream = Played.sealed(Played.request(Job.SEAL), KEY, new byte[100]);
        try (var pair = Sockets.pair(Sockets.STREAM)) {
            assertThat(Played.open(request(Job.OPEN, TransferMode.STREAM), KEY, good, pair.right(), pair.left())
                            .answers())
                    .containsExactly("refused code=wrong_way");
        }
        try (var mount = FuseMount.make();
                var directory = Directory.open(folder);
                var listener = UnixListener.streams(directory, "u.sock", 0600);
                var files = Three.of(stream);
                var exchange = new Exchange()) {
            var request = new String(Played.request(Job.OPEN).encode(), US_ASCII).replace("way=stream", "way=pages");
            ask(exchange, request.getBytes(US_ASCII), files, mount.device(), listener.fd());
            assertThat(exchange.hears()).isEqualTo("refused code=wrong_way");
            exchange.ends();
        }
        for (var wrong : List.of(request(Job.SEAL, TransferMode.PAGES), request(Job.OPEN, TransferMode.FILES))) {
            try (var exchange = new Exchange()) {
                exchange.say(wrong, List.of());
                assertThat(exchange.hears()).isEqualTo("refused code=malformed_request");
                exchange.ends();
            }
        }
    }

    @Test
    void otherDescriptors_areRefused() throws Exception {
        var good = sealed();
        try (var mount = FuseMount.make();
                var pair = Sockets.pair(Sockets.STREAM);
                var none = Fd.open(Path.of("/dev/null"), dev.mvm.linux.fd.OpenFlag.READ_WRITE)) {
            for (var vmm : List.of(List.of(none), List.of(pair.left()), List.of(mount.device(), none))) {
                assertBad(Job.SEAL, TransferMode.FILES, good.withManifest(new byte[0]), vmm);
            }
            for (var vmm : List.of(List.of(mount.device()), List.of(none, pair.left()), List.of(pair.left(), none))) {
                assertBad(Job.OPEN, TransferMode.PAGES, good, vmm);
            }
            assertBad(Job.OPEN, TransferMode.STREAM, good, List.of(pair.left(), none));
        }
    }

    @Test
    void otherFilesForTheWorkingSet_areRefused() throws Exception {
        try (var mount = FuseMount.make();
                var pair = Sockets.pair(Sockets.STREAM);
                var full = Played.file(new byte[1]);
                var keys = Played.secret(KEY);
                var empty = Three.empty();
                var good = Three.of(sealed())) {
            for (var other : List.of(pair.left(), full, mount.device())) {
                var all = stream(keys, good, mount.device(), pair.right());
                all.add(other);
                assertBad(request(Job.OPEN, TransferMode.PAGES), all);
            }
            assertBad(request(Job.OPEN, TransferMode.PAGES), stream(keys, good, mount.device(), pair.right()));
            assertBad(request(Job.SEAL, TransferMode.FILES), stream(keys, empty, mount.device()));
            assertBad(request(Job.SEAL, TransferMode.FILES), stream(keys, empty, mount.device(), pair.right()));
        }
    }

    private static void assertBad(byte[] request, List<Fd> descriptors) throws Exception {
        try (var exchange = new Exchange()) {
            exchange.say(request, descriptors);
            assertThat(exchange.hears()).isEqualTo("refused code=bad_descriptor");
            assertThat(exchange.returned()).isEmpty();
            exchange.ends();
        }
    }

    private static void assertBad(Job job, TransferMode way, SealedBytes bytes, List<Fd> vmm) throws Exception {
        try (var files = job == Job.SEAL ? Three.empty() : Three.of(bytes);
                var keys = Played.secret(KEY);
                var exchange = new Exchange()) {
            exchange.say(request(job, way), all(keys, files, vmm.toArray(Fd[]::new)));
            assertThat(exchange.hears()).isEqualTo("refused code=bad_descriptor");
            exchange.ends();
        }
    }
}
