package dev.mvm.protocol.snapshot;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/// Files that are arrays, and bytes off the heap for as long as a test class runs.
final class Memory {
    private Memory() {}

    /// A file that is written.
    static final class Written implements StreamSealer.Sink {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        @Override
        public void write(MemorySegment piece) {
            out.writeBytes(piece.toArray(ValueLayout.JAVA_BYTE));
        }

        byte[] bytes() {
            return out.toByteArray();
        }
    }

    /// A file that is read.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record File(byte[] bytes) implements ChunkOpener.Source {
        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public void read(long offset, MemorySegment into) throws IOException {
            if (offset + into.byteSize() > bytes.length) {
                throw new IOException("short");
            }
            into.copyFrom(MemorySegment.ofArray(bytes).asSlice(offset, into.byteSize()));
        }
    }

    static MemorySegment offHeap(byte[] bytes) {
        return Arena.ofAuto()
                .allocate(Math.max(bytes.length, 1), 8)
                .asSlice(0, bytes.length)
                .copyFrom(MemorySegment.ofArray(bytes));
    }

    static byte[] array(MemorySegment segment) {
        return segment.toArray(ValueLayout.JAVA_BYTE);
    }

    static void refused(SnapshotReason reason, ThrowingCallable call) {
        var thrown = Assertions.catchThrowableOfType(SnapshotException.class, call);
        Assertions.assertThat(thrown).as(reason.code()).isNotNull();
        Assertions.assertThat(thrown.reason()).isEqualTo(reason);
        Assertions.assertThat(thrown).hasMessageStartingWith(reason.code() + ": ");
    }

    static void refusedForAnything(ThrowingCallable call) {
        Assertions.assertThatThrownBy(call).isInstanceOf(SnapshotException.class);
    }
}
