package dev.mvm.testkit.firecracker;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;

/// The memory of a microVM. One that was loaded from a file maps it privately, so that a file that changes underneath
/// spoils it, as with the real one.
public final class GuestMemory {
    public static final int PAGE = 4_096;

    private static final MemorySegment ZEROES = Arena.global().allocate(PAGE);

    private final MemorySegment bytes;
    private final BitSet dirty = new BitSet();

    private GuestMemory(MemorySegment bytes) {
        this.bytes = bytes;
    }

    /// Memory full of zeroes.
    static GuestMemory empty(long size) throws IOException {
        var file = Files.createTempFile("guest", ".mem");
        try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return new GuestMemory(channel.map(MapMode.READ_WRITE, 0, size, Arena.ofAuto()));
        } finally {
            Files.delete(file);
        }
    }

    /// The first `size` bytes of a file.
    static GuestMemory of(Path file, long size) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return new GuestMemory(channel.map(MapMode.PRIVATE, 0, size, Arena.ofAuto()));
        }
    }

    public long size() {
        return bytes.byteSize();
    }

    public byte[] read(long address, int length) {
        return bytes.asSlice(address, length).toArray(ValueLayout.JAVA_BYTE);
    }

    public synchronized void write(long address, byte[] data) {
        bytes.asSlice(address, data.length).copyFrom(MemorySegment.ofArray(data));
        dirty.set((int) (address / PAGE), (int) ((address + data.length + PAGE - 1) / PAGE));
    }

    /// Writes all pages, those full of zeroes as holes.
    synchronized void dump(FileChannel file) throws IOException {
        for (long at = 0; at < size(); at += PAGE) {
            var page = bytes.asSlice(at, PAGE);
            if (page.mismatch(ZEROES) >= 0) {
                file.write(page.asByteBuffer(), at);
            }
        }
        dirty.clear();
    }

    /// Writes the pages that have changed since the last dump.
    synchronized void dumpDirty(FileChannel file) throws IOException {
        for (int page = dirty.nextSetBit(0); page >= 0; page = dirty.nextSetBit(page + 1)) {
            long at = (long) page * PAGE;
            file.write(bytes.asSlice(at, PAGE).asByteBuffer(), at);
        }
        dirty.clear();
    }
}
