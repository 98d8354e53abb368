import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.protocol.snapshot.ChunkOpener;
import dev.mvm.protocol.snapshot.Cobblestone;
import dev.mvm.protocol.snapshot.StreamSealer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/// A stream as large as a guest, sealed and opened by Java and by C: out of memory that is there already, into a
/// buffer as large as one that is read or written at once.
final class SealStreams {
    private static final String CONTEXT = "bench";
    private static final long SEALED_BATCH = 16 * (Cobblestone.CHUNK + 16);
    private static final long PLAIN_BATCH = 16 * Cobblestone.CHUNK;
    private static final long PIECE = 1 << 20; // as MemoryWriter does it: no call has all of a guest
    private static final long REHEARSED = 4 << 20;
    private static final int SALT = 24;

    private final Cobblestone cobblestone = new Cobblestone(new Libcrypto());
    private final Arena arena = Arena.global();
    private final SecretMemory secret = SecretMemory.allocate(Cobblestone.KEY); // where keys are, and nothing is secret
    private final MemorySegment key = secret.bytes();
    private final MemorySegment batch = arena.allocate(SEALED_BATCH, 64);
    private final MemorySegment plain;
    private final Path stream;

    /// @param dir has `guest`; `stream` is written there, where it is missing
    SealStreams(Path dir) throws Exception {
        this.plain = read(dir.resolve("guest"));
        this.stream = dir.resolve("stream");
        if (!Files.exists(stream)) {
            var file = Guest.map(stream, Cobblestone.sealedSize(plain.byteSize()), arena);
            seal(new Appender(file));
        }
    }

    /// A file, all of whose pages are in memory and mapped: the first reader would pay for it.
    private MemorySegment read(Path file) throws IOException {
        try (var channel = FileChannel.open(file)) {
            var memory = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            memory.load();
            return memory;
        }
    }

    private static final class Appender implements StreamSealer.Sink {
        private final MemorySegment file;
        private long at;

        Appender(MemorySegment file) {
            this.file = file;
        }

        @Override
        public void write(MemorySegment piece) {
            MemorySegment.copy(piece, 0, file, at, piece.byteSize());
            at += piece.byteSize();
        }
    }

    private record Sealed(MemorySegment bytes) implements ChunkOpener.Source {
        @Override
        public long size() {
            return bytes.byteSize();
        }

        @Override
        public void read(long offset, MemorySegment into) {
            MemorySegment.copy(bytes, offset, into, 0, into.byteSize());
        }
    }

    Figures.Work sealing() {
        StreamSealer.Sink nowhere = _ -> {};
        return () -> seal(nowhere);
    }

    private void seal(StreamSealer.Sink sink) throws IOException {
        seal(plain.byteSize(), sink);
    }

    private void seal(long size, StreamSealer.Sink sink) throws IOException {
        try (var sealer = new StreamSealer(cobblestone, key, CONTEXT.getBytes(), sink)) {
            for (long at = 0; at < size; at += PIECE) {
                sealer.write(plain, at, PIECE);
            }
            sealer.finish();
        }
    }

    Figures.Work opening() throws IOException {
        var sealed = new Sealed(read(stream));
        return () -> open(sealed, plain.byteSize());
    }

    private void open(Sealed sealed, long size) throws IOException {
        try (var opener = new ChunkOpener(cobblestone, key, CONTEXT.getBytes(), sealed)) {
            for (long at = 0; at < size; at += PLAIN_BATCH) {
                opener.read(at, batch.asSlice(0, PLAIN_BATCH));
            }
        }
    }

    /// As much as a sealer seals and opens of its own before it is asked for anything: its Rehearsal.
    void rehearse() throws IOException {
        var sealed = new Sealed(read(stream));
        for (int round = 0; round < 6; round++) {
            seal(REHEARSED, _ -> {});
            open(sealed, REHEARSED);
        }
    }

    /// The same in C.
    final class C {
        private final MethodHandle seal;
        private final MethodHandle open;
        private final MemorySegment sealed = read(stream);
        private final MemorySegment context = arena.allocateFrom(CONTEXT);
        private final MemorySegment salt = arena.allocate(SALT);

        /// @param library made of seal.c
        @SuppressWarnings("restricted") // C is what this is about
        C(Path library) throws IOException {
            var found = SymbolLookup.libraryLookup(library, arena);
            var pointer = ValueLayout.ADDRESS;
            var size = ValueLayout.JAVA_LONG;
            seal = Linker.nativeLinker()
                    .downcallHandle(
                            found.findOrThrow("bench_seal"),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT, pointer, pointer, pointer, pointer, size, pointer, size));
            open = Linker.nativeLinker()
                    .downcallHandle(
                            found.findOrThrow("bench_open"),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT, pointer, pointer, pointer, size, pointer, size));
        }

        Figures.Work sealing() {
            return () -> seal(batch);
        }

        Figures.Work opening() {
            return () -> open(batch.asSlice(0, PLAIN_BATCH));
        }

        private void seal(MemorySegment into) {
            try {
                succeeded((int) seal.invokeExact(
                        key, context, salt, plain, plain.byteSize(), into, into.byteSize()));
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }

        private void open(MemorySegment into) {
            try {
                succeeded((int) open.invokeExact(key, context, sealed, sealed.byteSize(), into, into.byteSize()));
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }

        private static void succeeded(int status) {
            if (status != 0) {
                throw new IllegalStateException("C seals or opens nothing");
            }
        }

        /// That each opens what the other has sealed: what is compared is the same.
        void check(Path scratch) throws IOException {
            try (var local = Arena.ofConfined()) {
                var opened = Guest.map(scratch, plain.byteSize(), local);
                open(opened);
                same(opened);
            }
            try (var local = Arena.ofConfined()) {
                var other = Guest.map(scratch, sealed.byteSize(), local);
                seal(other);
                try (var opener = new ChunkOpener(cobblestone, key, CONTEXT.getBytes(), new Sealed(other))) {
                    opener.read(0, other.asSlice(0, plain.byteSize())); // a batch is read before it is overwritten
                    same(other.asSlice(0, plain.byteSize()));
                }
            }
            Files.delete(scratch);
        }

        private void same(MemorySegment opened) {
            if (opened.mismatch(plain) >= 0) {
                throw new IllegalStateException("opened, and another than was sealed");
            }
        }
    }
}
