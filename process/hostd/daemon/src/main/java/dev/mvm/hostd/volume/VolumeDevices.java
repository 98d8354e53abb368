package dev.mvm.hostd.volume;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.service.ConnectionPool;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.linux.socket.Packet;
import dev.mvm.model.InstanceId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Block devices of volumes, which mvm-volume makes and removes; docs/protocol/volume.md. A connection serves one
/// request.
public final class VolumeDevices {
    static final int NEW = 1;
    static final int INTEGRITY = 2;

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final byte[] MAGIC = "mvm-vol1".getBytes(US_ASCII);
    private static final int REQUEST = 40;
    private static final int ANSWER = 32;
    private static final int MOST_LISTED = 8192;
    private static final int OPEN = 1;
    private static final int CLOSE = 2;
    private static final int LIST = 3;

    private final ConnectionPool connections;

    public VolumeDevices(ConnectionPool connections) {
        this.connections = connections;
    }

    /// Makes an instance's device, named after it. A new one is written with zeros, with integrity all of it, which
    /// takes minutes for hundreds of GiB.
    ///
    /// @param offset bytes of `data` before the volume, a multiple of 1 MiB
    /// @param size bytes of `data` that are the volume, a multiple of 1 MiB
    /// @param flags [#NEW], [#INTEGRITY] or their sum
    /// @param key memory with the volume's key, 64 bytes, 96 with integrity
    /// @return the device, open for reading and writing
    /// @throws IOException if it was not made; then nothing is left of it
    @MustBeClosed
    Fd open(InstanceId id, Fd data, long offset, long size, int flags, SecretMemory key) throws IOException {
        try (var packet = exchange(request(OPEN, number(id), flags, offset, size), data, key.descriptor())) {
            check(packet.bytes());
            return packet.descriptors().stream()
                    .findFirst()
                    .orElseThrow(() -> new IOException("mvm-volume answered without a device"))
                    .move();
        }
    }

    /// Removes an instance's device, once it is open nowhere, and the kernel forgets its key. No-op if there is
    /// none.
    ///
    /// @throws IOException also if somebody keeps it open
    void close(InstanceId id) throws IOException {
        try (var packet = exchange(request(CLOSE, number(id), 0, 0, 0))) {
            check(packet.bytes());
        }
    }

    /// Finds instances that have a device.
    List<InstanceId> list() throws IOException {
        try (var packet = exchange(request(LIST, 0, 0, 0, 0))) {
            return check(packet.bytes());
        }
    }

    static byte[] request(int verb, int instance, int flags, long offset, long size) {
        var out = ByteBuffer.allocate(REQUEST).order(ByteOrder.LITTLE_ENDIAN);
        out.put(MAGIC).putInt(verb).putInt(instance).putInt(flags).putInt(0);
        return out.putLong(offset).putLong(size).array();
    }

    private static int number(InstanceId id) {
        return Integer.parseUnsignedInt(id.value().substring(2), 16);
    }

    @MustBeClosed
    private Packet exchange(byte[] request, Fd... descriptors) throws IOException {
        try (var connection = connections.take()) {
            connection.send(request, List.of(descriptors), Deadline.in(PATIENCE));
            return connection
                    .receive(ANSWER + MOST_LISTED * Integer.BYTES, 1, Deadline.never())
                    .orElseThrow(() -> new IOException("mvm-volume has ended without an answer"));
        }
    }

    /// Returns the instances that an answer names.
    ///
    /// @throws IOException if it has another form, or does not say done
    static List<InstanceId> check(byte[] bytes) throws IOException {
        var answer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int rest = bytes.length - ANSWER;
        if (rest < 0
                || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
                || rest != 4 * answer.getInt(24)) {
            throw new IOException("mvm-volume gave an answer of another form");
        }
        if (answer.getInt(8) != 0) {
            throw new IOException(
                    "mvm-volume refused: status " + answer.getInt(8) + ": " + Errno.name(answer.getInt(12)));
        }
        return IntStream.range(0, rest / Integer.BYTES)
                .mapToObj(i -> InstanceId.of(answer.getInt(ANSWER + i * Integer.BYTES)))
                .toList();
    }
}
