package dev.mvm.sealer;

import static dev.mvm.sealer.FilesAndPages.EPOCH;
import static dev.mvm.sealer.FilesAndPages.KEY;
import static dev.mvm.sealer.FilesAndPages.STATE;
import static dev.mvm.sealer.FilesAndPages.ask;
import static dev.mvm.sealer.FilesAndPages.request;
import static dev.mvm.sealer.FilesAndPages.sealed;
import static dev.mvm.sealer.FilesAndPages.writeMemory;
import static dev.mvm.sealer.FilesAndPages.writeState;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.protocol.sealer.Job;
import dev.mvm.protocol.sealer.TransferMode;
import dev.mvm.protocol.snapshot.Cobblestone;
import dev.mvm.protocol.snapshot.InstanceKeys;
import dev.mvm.protocol.snapshot.Snapshot;
import dev.mvm.protocol.snapshot.WorkingSet;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Pages that a guest used first when it woke lie together after its next sleep.
final class WantedFirstTest {
    @TempDir
    private Path folder;

    /// The working set of a guest that faults on a page before anything has been brought.
    private byte[] remembered(int page) throws Exception {
        try (var mount = FuseMount.make();
                var directory = Directory.open(folder);
                var listener = UnixListener.streams(directory, "u.sock", 0600);
                var vmm = new PagingVmm(folder.resolve("u.sock"));
                var files = Three.of(sealed());
                var exchange = new Exchange()) {
            ask(exchange, request(Job.OPEN, TransferMode.PAGES), files, mount.device(), listener.fd());
            assertThat(exchange.hears()).isEqualTo("authentic");
            vmm.tell("send");
            assertThat(vmm.answer()).isEqualTo("sent");
            vmm.tell("read " + page);
            awaitFault(vmm);
            exchange.say("go"); // the state is not read: all may be in before this thread could
            assertThat(exchange.hears()).isEqualTo("paged");
            assertThat(vmm.answer()).isEqualTo(page % 3 == 2 ? "zero" : "snapshot");
            assertThat(exchange.hears()).startsWith("opened ");
            exchange.ends();
            return bytes(files.workingSet());
        } finally {
            Files.delete(folder.resolve("u.sock"));
        }
    }

    /// Waits until it waits for a page.
    private static void awaitFault(PagingVmm vmm) throws Exception {
        var where = Path.of("/proc/" + vmm.pid() + "/wchan");
        while (!Files.readString(where).contains("userfault")) {
            Thread.onSpinWait();
        }
    }

    private static byte[] bytes(Fd file) throws Exception {
        try (var arena = Arena.ofConfined()) {
            var all = arena.allocate(file.status().size());
            assertThat(file.read(0, all)).isEqualTo((int) all.byteSize());
            return all.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /// The working set of a snapshot that was sealed with what was remembered.
    private static int[] sealedWith(byte[] remembered, long epoch) throws Exception {
        try (var mount = FuseMount.make();
                var empty = Three.empty();
                var given = Played.file(remembered);
                var exchange = new Exchange()) {
            var files = new Three(empty.manifest(), empty.memory(), empty.vmstate(), given);
            ask(exchange, request(Job.SEAL, TransferMode.FILES, epoch), files, mount.device());
            writeState(mount, STATE, 0);
            writeMemory(mount, PagingVmm.PAGES);
            exchange.say("go");
            assertThat(exchange.hears()).startsWith("sealed ");
            exchange.ends();
            return workingSet(empty, epoch);
        }
    }

    private static int[] workingSet(Three files, long epoch) throws Exception {
        try (var secret = SecretMemory.allocate(InstanceKeys.SIZE)) {
            secret.bytes().copyFrom(MemorySegment.ofArray(KEY));
            var asked = SealerRequest.parse(request(Job.OPEN, TransferMode.PAGES, epoch));
            var key = new InstanceKeys(asked.key(), asked.keyVersion(), secret);
            try (var snapshot = Snapshot.open(
                            new Cobblestone(new Libcrypto()), bytes(files.manifest()), asked.place(), key);
                    var memory = snapshot.memory(new SealedFile("memory", files.memory()), Optional.empty())) {
                return memory.workingSet();
            }
        }
    }

    @Test
    void pageThatAWakingGuestWaitedFor_isFirstTheNextTime() throws Exception {
        var remembered = remembered(600);
        assertThat(remembered).hasSize((int) WorkingSet.SIZE);
        assertThat(sealedWith(remembered, EPOCH + 1)).containsExactly(600);
        assertThat(sealedWith(remembered(601), EPOCH + 1)).containsExactly(601);
        assertThat(sealedWith(remembered(602), EPOCH + 1)).isEmpty(); // zeros
    }

    @Test
    @Tag("claim-S5")
    void whatIsDamaged_isAsIfThereWasNone() throws Exception {
        var remembered = remembered(600);
        assertThat(sealedWith(remembered, EPOCH + 2)).containsExactly(600); // whichever sleep is the next
        assertThat(sealedWith(new byte[0], EPOCH + 1)).isEmpty();
        assertThat(sealedWith(new byte[5], EPOCH + 1)).isEmpty();
        remembered[100] ^= 1;
        assertThat(sealedWith(remembered, EPOCH + 1)).isEmpty();
    }
}
