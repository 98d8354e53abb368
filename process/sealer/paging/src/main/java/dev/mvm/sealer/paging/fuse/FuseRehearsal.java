package dev.mvm.sealer.paging.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Rehearses the requests of a sleep and a wake as the kernel makes them, without a kernel: so that the JVM has
/// loaded and linked the code that answers them before a VMM waits.
public final class FuseRehearsal {
    private static final long NODE = 2;
    private static final int PIECE = 64 << 10;
    private static final int O_WRONLY = 1;

    private final MemorySegment buffer;

    private FuseRehearsal(MemorySegment buffer) {
        this.buffer = buffer;
    }

    private record Nowhere() implements FileContents {
        @Override
        public void write(FuseFile file, long offset, MemorySegment bytes) {}

        @Override
        public void read(FuseFile file, long offset, MemorySegment into) {}
    }

    /// Runs the rehearsal.
    public static void run() throws IOException {
        try (var arena = Arena.ofConfined()) {
            var all = new FuseRehearsal(arena.allocate(FuseRequest.Write.BYTES_AT + (long) PIECE, Long.BYTES));
            var owner = new FuseDirectory.Owner(0, 0);
            var sleep = new FuseDirectory(owner, NODE, new Nowhere()).writable(FuseFile.MEMORY, 64L * PIECE);
            all.ask(sleep, 26, 0, 7, 31, 0, 0);
            all.ask(sleep, 1, 1, "memory\0");
            all.ask(sleep, 35, 1, O_WRONLY, 0, 0, 0, "memory\0");
            all.ask(sleep, 4, NODE, new byte[88]);
            for (int piece = 0; piece < 64; piece++) {
                all.ask(sleep, 16, NODE, 0L, (long) piece * PIECE, PIECE, 0, new byte[16], new byte[PIECE]);
            }
            all.ask(sleep, 20, NODE, new byte[16]);
            all.ask(sleep, 18, NODE, new byte[24]);
            var wake = new FuseDirectory(owner, NODE, new Nowhere()).readable(FuseFile.VMSTATE, PIECE);
            all.ask(wake, 1, 1, "vmstate\0");
            all.ask(wake, 14, NODE + 1, 0, 0);
            all.ask(wake, 3, NODE + 1, new byte[16]);
            all.ask(wake, 15, NODE + 1, 0L, 0L, 4096, new byte[20]);
            wake.refuse();
            all.ask(wake, 15, NODE + 1, 0L, 0L, 4096, new byte[20]);
        }
    }

    /// @param parts of the body: of type Integer, Long, String or byte[]
    private void ask(FuseDirectory directory, int opcode, long node, Object... parts) throws IOException {
        long at = FuseRequest.HEADER;
        for (var part : parts) {
            at += put(at, part);
        }
        buffer.asSlice(0, FuseRequest.HEADER).fill((byte) 0);
        buffer.set(JAVA_INT, 0, (int) at);
        buffer.set(JAVA_INT, 4, opcode);
        buffer.set(JAVA_LONG, 16, node);
        var _ = directory.answer(buffer, (int) at);
        directory.rethrow();
    }

    private long put(long at, Object part) {
        return switch (part) {
            case Integer number -> {
                buffer.set(JAVA_INT, at, number);
                yield Integer.BYTES;
            }
            case Long number -> {
                buffer.set(JAVA_LONG, at, number);
                yield Long.BYTES;
            }
            case String text -> put(at, text.getBytes(US_ASCII));
            case byte[] bytes -> {
                MemorySegment.copy(bytes, 0, buffer, JAVA_BYTE, at, bytes.length);
                yield bytes.length;
            }
            default -> throw new IllegalArgumentException(Arrays.asList(part).toString());
        };
    }
}
