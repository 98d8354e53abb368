package dev.mvm.sealer;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.fd.Fd;
import dev.mvm.protocol.sealer.Job;
import dev.mvm.protocol.sealer.MachineFacts;
import dev.mvm.protocol.sealer.SealRequest;
import dev.mvm.protocol.sealer.TransferMode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;

/// A guest of Firecracker's, what its VMM writes, and what hostd asks a sealer for.
final class FilesAndPages {
    static final long EPOCH = 7;
    static final byte[] KEY = Played.keys(1);
    static final long BYTES = (long) PagingVmm.PAGES * PagingVmm.PAGE;
    static final byte[] STATE = Played.random(40_000, 1);
    static final MachineFacts MACHINE =
            new MachineFacts("firecracker", "1.16.1", "9.0.0", "Some CPU", "6.12.57", 2, BYTES);

    static byte[] request(Job job, TransferMode way) {
        return request(job, way, EPOCH);
    }

    static byte[] request(Job job, TransferMode way, long epoch) {
        var other = Played.request(job);
        return new SealRequest(job, way, other.tenant(), other.pool(), other.instance(), epoch, MACHINE, other.key(), 1)
                .encode();
    }

    static void writeState(FuseMount mount, byte[] state, int at) throws IOException {
        try (var file = FileChannel.open(mount.file("vmstate"), WRITE, CREATE)) {
            assertThat(file.write(ByteBuffer.wrap(state), at)).isEqualTo(state.length);
        }
    }

    static void writeMemory(FuseMount mount, int pages) throws IOException {
        try (var arena = Arena.ofConfined();
                var file = FileChannel.open(mount.file("memory"), WRITE, CREATE)) {
            var all = arena.allocate((long) pages * PagingVmm.PAGE, PagingVmm.PAGE);
            for (int page = 0; page < pages; page++) {
                for (int i = 0; i < PagingVmm.PAGE / Long.BYTES; i++) {
                    all.set(JAVA_LONG, (long) page * PagingVmm.PAGE + (long) i * Long.BYTES, PagingVmm.word(page, i));
                }
            }
            assertThat(file.write(all.asByteBuffer())).isEqualTo((int) all.byteSize());
        }
    }

    static void ask(Exchange exchange, byte[] request, Three files, Fd... vmm) throws IOException {
        try (var keys = Played.secret(KEY)) {
            exchange.say(request, all(keys, files, vmm));
        }
        vmm[0].close(); // or the VMM would wait for answers when the sealer is gone
    }

    static List<Fd> all(Fd key, Three files, Fd... vmm) {
        var all = stream(key, files, vmm);
        all.add(files.workingSet());
        return all;
    }

    static List<Fd> stream(Fd key, Three files, Fd... vmm) {
        var all = new ArrayList<>(List.of(key, files.manifest(), files.memory(), files.vmstate()));
        all.addAll(List.of(vmm));
        return all;
    }

    static SealedBytes sealed() throws Exception {
        try (var mount = FuseMount.make();
                var files = Three.empty();
                var exchange = new Exchange()) {
            ask(exchange, request(Job.SEAL, TransferMode.FILES), files, mount.device());
            writeState(mount, STATE, 0);
            writeMemory(mount, PagingVmm.PAGES);
            exchange.say("go");
            assertThat(exchange.hears()).startsWith("sealed ");
            exchange.ends();
            return files.bytes();
        }
    }

    private FilesAndPages() {}
}
