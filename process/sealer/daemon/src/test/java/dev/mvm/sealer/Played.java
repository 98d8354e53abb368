package dev.mvm.sealer;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.InstanceId;
import dev.mvm.model.KeyName;
import dev.mvm.model.PoolAddress;
import dev.mvm.protocol.sealer.Job;
import dev.mvm.protocol.sealer.MachineFacts;
import dev.mvm.protocol.sealer.SealRequest;
import dev.mvm.protocol.sealer.TransferMode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// Whole exchanges, in which the test plays hostd and the VMM.
final class Played {
    static final MachineFacts MACHINE =
            new MachineFacts("qemu", "10.0.3", "q35-10.0", "Some CPU @ 2.00GHz, 0x1", "6.12.57", 2, 16 << 20);

    private Played() {}

    static SealRequest request(Job job) {
        return request(job, "demo/web", 1, 7, MACHINE, "snap", 1);
    }

    /// @param pool as `TENANT/POOL`
    static SealRequest request(
            Job job, String pool, int instance, long epoch, MachineFacts machine, String key, int version) {
        var place = PoolAddress.parse(pool);
        return new SealRequest(
                job,
                TransferMode.STREAM,
                place.tenant(),
                place.pool(),
                InstanceId.of(instance),
                epoch,
                machine,
                new KeyName(key),
                version);
    }

    static byte[] random(int size, long seed) {
        var bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /// Both keys of an instance.
    static byte[] keys(long seed) {
        return random(64, ~seed);
    }

    /// Secret memory, with these bytes and then zeros.
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's
    static Fd secret(byte[] bytes) throws IOException {
        try (var memory = SecretMemory.allocate(Math.max(1, bytes.length))) {
            memory.bytes().asSlice(0, bytes.length).copyFrom(MemorySegment.ofArray(bytes));
            return memory.release();
        }
    }

    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's
    static Fd file(byte[] bytes) throws IOException {
        try (var file = Fd.inMemory();
                var arena = Arena.ofConfined()) {
            var memory = arena.allocateFrom(JAVA_BYTE, bytes);
            for (long done = 0; done < bytes.length; ) {
                done += file.write(memory.asSlice(done));
            }
            return file.move();
        }
    }

    /// The answer to a seal, and the contents of the files.
    record Sealing(String answer, SealedBytes files) {}

    static Sealing seal(SealRequest request, byte[] key, byte[] plain) throws Exception {
        try (var vmm = Sockets.pair(Sockets.STREAM)) {
            return seal(request.encode(), key, plain, vmm.right(), vmm.left());
        }
    }

    /// @param given to the sealer
    /// @param kept by the VMM
    static Sealing seal(byte[] request, byte[] key, byte[] plain, Fd given, Fd kept) throws Exception {
        try (var exchange = new Exchange();
                var arena = Arena.ofShared();
                var keys = secret(key);
                var manifest = file(new byte[0]);
                var memory = file(new byte[0]);
                var vmstate = file(new byte[0])) {
            exchange.say(request, List.of(keys, manifest, memory, vmstate, given));
            given.close();
            var sent = Vmm.sends(kept.move(), arena.allocateFrom(JAVA_BYTE, plain));
            var answer = exchange.hears();
            exchange.ends();
            sent.get(Exchange.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            return new Sealing(answer, SealedBytes.of(List.of(manifest, memory, vmstate)));
        }
    }

    static SealedBytes sealed(SealRequest request, byte[] key, byte[] plain) throws Exception {
        var sealing = seal(request, key, plain);
        if (!sealing.answer().startsWith("sealed ")) {
            throw new AssertionError(sealing.answer());
        }
        return sealing.files();
    }

    /// The answers, and the bytes that the VMM got.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Opening(List<String> answers, byte[] received) {
        String last() {
            return answers.getLast();
        }

        boolean wasAuthentic() {
            return answers.getFirst().equals("authentic");
        }
    }

    static Opening open(SealRequest request, byte[] key, SealedBytes files) throws Exception {
        try (var vmm = Sockets.pair(Sockets.STREAM)) {
            return open(request.encode(), key, files, vmm.right(), vmm.left());
        }
    }

    static Opening open(byte[] request, byte[] key, SealedBytes files, Fd given, Fd kept) throws Exception {
        var answers = new ArrayList<String>();
        try (var exchange = new Exchange();
                var keys = secret(key);
                var manifest = file(files.manifest());
                var memory = file(files.memory());
                var vmstate = file(files.vmstate())) {
            exchange.say(request, List.of(keys, manifest, memory, vmstate, given));
            given.close();
            var received = Vmm.receives(kept.move());
            answers.add(exchange.hears());
            if (answers.getFirst().equals("authentic")) {
                letGo(exchange);
                answers.add(exchange.hears());
            }
            exchange.ends();
            return new Opening(answers, received.get(Exchange.PATIENCE.toSeconds(), TimeUnit.SECONDS));
        }
    }

    private static void letGo(Exchange exchange) throws IOException {
        try {
            exchange.say("go");
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EPIPE) {
                throw e;
            }
        }
    }

    static byte[] go() {
        return "go".getBytes(US_ASCII);
    }
}
