package dev.mvm.hostd.volume;

import dev.mvm.hostd.ServiceSocket;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.socket.Packet;
import dev.mvm.linux.socket.PacketSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;

/// mvm-volume without device-mapper: a device is the file that it would be over.
public final class FakeVolumeDevices implements AutoCloseable {
    public final TreeSet<Integer> open = new TreeSet<>();

    /// Requests, as words.
    public final List<String> asked = new CopyOnWriteArrayList<>();

    /// Status and errno of the next answers to `open`; 0 and 0 for done.
    public volatile int status;

    public volatile int errno;

    private final Path folder = Files.createTempDirectory("volumes");
    private final ServiceSocket socket = new ServiceSocket(folder, this::serve);

    public FakeVolumeDevices() throws Exception {}

    /// Returns the path of its socket.
    public Path path() {
        return socket.path();
    }

    VolumeDevices client() throws ErrnoException {
        return VolumeFixture.devices(socket.address());
    }

    private synchronized void serve(PacketSocket hostd) throws Exception {
        try (var packet = hostd.receive(41, 3, Deadline.never()).orElseThrow()) {
            var request = ByteBuffer.wrap(packet.bytes()).order(ByteOrder.LITTLE_ENDIAN);
            int verb = request.getInt(8);
            int instance = request.getInt(12);
            if (verb == 1) {
                opened(hostd, packet, request, instance);
            } else if (verb == 2) {
                asked.add("close i-%08x".formatted(instance));
                open.remove(instance);
                hostd.send(answer(0, 0, List.of()), List.of(), Deadline.never());
            } else {
                asked.add("list");
                hostd.send(answer(0, 0, List.copyOf(open)), List.of(), Deadline.never());
            }
        }
    }

    private void opened(PacketSocket hostd, Packet packet, ByteBuffer request, int instance) throws Exception {
        var file = packet.descriptors().getFirst();
        long end = request.getLong(24) + request.getLong(32);
        var secret = Files.readSymbolicLink(packet.descriptors().get(1).path()).toString();
        asked.add("open i-%08x flags %d, %d of %d bytes, key in %s"
                .formatted(
                        instance,
                        request.getInt(16),
                        request.getLong(32),
                        file.status().size(),
                        secret.startsWith("/secretmem") ? "secret memory" : secret));
        if (status != 0 || !open.add(instance) || end > file.status().size()) {
            hostd.send(
                    answer(status == 0 ? 6 : status, status == 0 ? 16 : errno, List.of()), List.of(), Deadline.never());
            return;
        }
        hostd.send(answer(0, 0, List.of()), List.<Fd>of(file), Deadline.never());
    }

    private static byte[] answer(int status, int errno, List<Integer> instances) {
        var out = ByteBuffer.allocate(32 + 4 * instances.size()).order(ByteOrder.LITTLE_ENDIAN);
        out.put("mvm-vol1".getBytes(java.nio.charset.StandardCharsets.US_ASCII))
                .putInt(status)
                .putInt(errno)
                .putLong(0)
                .putInt(instances.size())
                .putInt(0);
        instances.forEach(out::putInt);
        return out.array();
    }

    @Override
    public void close() throws IOException {
        socket.close();
        Files.delete(socket.path());
        Files.delete(folder);
    }
}
