package dev.mvm.sealer.paging.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.linux.errno.Errno;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import dev.mvm.sealer.paging.PagingException;
import dev.mvm.sealer.paging.PagingReason;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/// Requests that no kernel would send, and any bytes at all.
final class FuseDirectoryTest {
    private static final int INIT = 26;
    private static final int WRITE = 16;
    private static final int MOST = 100_000;
    private static final int EIO = 5; // asm-generic/errno-base.h
    private static final int ESTALE = 116; // asm-generic/errno.h
    private static final int ROOM = FuseRequest.Write.BYTES_AT + FuseRequest.MOST_BYTES;

    /// Sees to it that what it is called with is within bounds.
    private static final class Bounds implements FileContents {
        @Override
        public void write(FuseFile file, long offset, MemorySegment bytes) {
            look(offset, bytes);
        }

        @Override
        public void read(FuseFile file, long offset, MemorySegment into) {
            look(offset, into);
        }

        private static void look(long offset, MemorySegment bytes) {
            assertThat(bytes.byteSize()).isBetween(1L, (long) FuseRequest.MOST_BYTES);
            assertThat(offset).isBetween(0L, MOST - bytes.byteSize());
        }
    }

    private final MemorySegment buffer = Arena.ofAuto().allocate(ROOM, Long.BYTES);
    private FuseDirectory directory = fresh();

    private static FuseDirectory fresh() {
        return new FuseDirectory(new FuseDirectory.Owner(7, 8), 2, new Bounds())
                .writable(FuseFile.MEMORY, MOST)
                .readable(FuseFile.VMSTATE, MOST);
    }

    private static byte[] request(int opcode, long node, byte... body) {
        return ByteBuffer.allocate(FuseRequest.HEADER + body.length)
                .order(LITTLE_ENDIAN)
                .putInt(FuseRequest.HEADER + body.length)
                .putInt(opcode)
                .putLong(99)
                .putLong(node)
                .put(FuseRequest.HEADER, body)
                .array();
    }

    private static byte[] init(int major, int minor) {
        return request(
                INIT,
                0,
                ByteBuffer.allocate(64)
                        .order(LITTLE_ENDIAN)
                        .putInt(major)
                        .putInt(minor)
                        .array());
    }

    private static byte[] write(long node, long offset, int size, int real) {
        var body = ByteBuffer.allocate(FuseRequest.WRITE_IN + real)
                .order(LITTLE_ENDIAN)
                .putLong(0)
                .putLong(offset)
                .putInt(size)
                .array();
        return request(WRITE, node, body);
    }

    /// The answer as errno or 0; its length is checked.
    private int answer(byte[] bytes) throws PagingException {
        int size = Math.min(bytes.length, ROOM);
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, buffer, 0, size);
        int length = directory.answer(buffer, size);
        if (length == 0) {
            return 0;
        }
        assertThat(length).isBetween(FuseReply.HEADER, FuseReply.HEADER + FuseRequest.MOST_BYTES);
        assertThat(buffer.get(JAVA_INT, 0)).isEqualTo(length);
        assertThat(buffer.get(JAVA_LONG, 8))
                .isEqualTo(ByteBuffer.wrap(bytes).order(LITTLE_ENDIAN).getLong(8));
        int errno = -buffer.get(JAVA_INT, 4);
        assertThat(errno).isBetween(0, 511);
        assertThat(errno == 0 || length == FuseReply.HEADER).isTrue();
        return errno;
    }

    private void refused(byte[] bytes) {
        var thrown = catchThrowableOfType(PagingException.class, () -> answer(bytes));
        assertThat(thrown.reason()).isEqualTo(PagingReason.REQUEST);
    }

    @Test
    void beginning_isFirstAndOnce() throws Exception {
        refused(init(7, 30));
        refused(init(8, 0));
        refused(init(-1, -1));
        assertThat(answer(init(7, 31))).isZero();
        refused(init(7, 31));
        assertThat(answer(request(17, 1))).isZero();
    }

    @Test
    void lengthsThatContradictEachOther_areRefused() throws Exception {
        assertThat(answer(init(7, 45))).isZero();
        refused(new byte[0]);
        refused(new byte[39]);
        var longer = request(17, 1);
        longer[0]++;
        refused(longer);
        var extended = request(17, 1);
        extended[36] = 1;
        refused(extended);
        for (int opcode : new int[] {1, 2, 3, 4, 14, 15, 16, 18, 20, 34, 35, 42}) {
            refused(request(opcode, 1, new byte[7]));
        }
        refused(write(2, 0, 10, 9));
        refused(write(2, 0, 9, 10));
        refused(write(2, 0, -1, 10));
        refused(write(2, 0, 0, 0));
        refused(request(42, 1, new byte[] {-1, -1, -1, -1, 0, 0, 0, 0}));
        refused(request(1, 1, "memory".getBytes(ISO_8859_1))); // no end
        refused(request(1, 1, "mem\0ory\0".getBytes(ISO_8859_1)));
        refused(request(1, 1, new byte[1030]));
    }

    @Test
    void nodesThatAreNotThere_areNoFiles() throws Exception {
        assertThat(answer(init(7, 31))).isZero();
        for (long node : new long[] {0, 4, -1, Long.MIN_VALUE}) {
            assertThat(answer(request(3, node, new byte[16]))).isEqualTo(ESTALE);
            assertThat(answer(write(node, 0, 5, 5))).isEqualTo(ESTALE);
            assertThat(answer(request(14, node, new byte[8]))).isEqualTo(ESTALE);
            assertThat(answer(request(20, node, new byte[16]))).isEqualTo(ESTALE);
            assertThat(answer(request(18, node, new byte[24]))).isZero(); // whose ever it was
        }
        assertThat(answer(request(3, 2, new byte[16]))).isEqualTo(Errno.ENOENT);
        assertThat(answer(write(2, 0, 5, 5))).isEqualTo(Errno.EBADF); // not created yet
        assertThat(answer(request(1, 2, "memory\0".getBytes(ISO_8859_1)))).isEqualTo(Errno.ENOENT);
    }

    @Test
    void rehearsal_asksWhatAVmmWouldAndIsAnswered() throws Exception {
        FuseRehearsal.run();
        FuseRehearsal.run();
    }

    @Test
    void mountThatWasServedBefore_hasNoBeginning() throws Exception {
        assertThat(answer(create())).isZero();
        refused(init(7, 31));
    }

    @Test
    void filesThatAreOpen_areCountedWithoutThoseOfBefore() throws Exception {
        assertThat(directory.isOpen()).isFalse();
        assertThat(answer(request(18, 77, new byte[24]))).isZero();
        assertThat(answer(create())).isZero();
        assertThat(answer(request(18, 77, new byte[24]))).isZero();
        assertThat(directory.isOpen()).isTrue();
        assertThat(answer(request(18, 2, new byte[24]))).isZero();
        assertThat(directory.isOpen()).isFalse();
    }

    @Test
    void afterARefusal_everythingFails() throws Exception {
        directory.refuse();
        assertThat(answer(init(7, 31))).isZero(); // or the next could not serve either
        for (var each :
                new byte[][] {create(), write(2, 0, 5, 5), request(3, 1, new byte[16]), request(3, 9, new byte[16])}) {
            assertThat(answer(each)).isEqualTo(EIO);
        }
        assertThat(answer(request(18, 2, new byte[24]))).isZero();
        assertThat(directory.isOpen()).isFalse();
    }

    @Test
    void offsetsBeyondAllFiles_areTooLarge() throws Exception {
        assertThat(answer(init(7, 31))).isZero();
        assertThat(answer(create())).isZero();
        for (long offset : new long[] {-1, MOST - 4, MOST, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertThat(answer(write(2, offset, 5, 5))).isEqualTo(Errno.EFBIG);
        }
        assertThat(answer(write(2, MOST - 5, 5, 5))).isZero();
        assertThat(directory.size(FuseFile.MEMORY)).isEqualTo(MOST);
    }

    private static byte[] create() {
        var body = new ByteArrayOutputStream();
        body.writeBytes(new byte[] {0x41, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}); // O_WRONLY | O_CREAT
        body.writeBytes("memory\0".getBytes(ISO_8859_1));
        return request(35, 1, body.toByteArray());
    }

    @FuzzTest(maxDuration = "15s")
    void anyRequests_areAnsweredOrRefused(byte[] bytes) throws Exception {
        directory = fresh(); // one object has all inputs
        assertThat(answer(init(7, 31))).isZero();
        assertThat(answer(create())).isZero();
        look(bytes);
        if (bytes.length >= FuseRequest.HEADER) { // the same with a length that is right
            look(ByteBuffer.wrap(bytes.clone())
                    .order(LITTLE_ENDIAN)
                    .putInt(0, bytes.length)
                    .putInt(36, 0)
                    .array());
        }
    }

    @Test
    void requestsThatAreNearlyRight_areAnsweredOrRefused() throws Exception {
        assertThat(answer(init(7, 31))).isZero();
        Property.holds(5_000, draw -> look(nearlyRight(draw)));
    }

    private static byte[] nearlyRight(Draw draw) {
        return switch (draw.intBetween(0, 3)) {
            case 0 -> create();
            case 1 -> {
                int size = draw.intBetween(0, 5000);
                yield write(draw.intBetween(0, 4), draw.between(-2, MOST + 2), size, size);
            }
            case 2 -> request(draw.intBetween(0, 53), draw.intBetween(0, 4), draw.bytes(0, 100));
            default -> {
                int opcode = draw.one(3, 4, 14, 15);
                var body = draw.bytes(88, 88);
                int length = opcode == 3 ? 16 : opcode == 4 ? 88 : opcode == 14 ? 8 : 40;
                yield request(opcode, draw.intBetween(1, 3), java.util.Arrays.copyOf(body, length));
            }
        };
    }

    private void look(byte[] bytes) {
        try {
            var _ = answer(bytes);
        } catch (PagingException e) {
            assertThat(e.reason()).isEqualTo(PagingReason.REQUEST);
        }
        assertThat(directory.size(FuseFile.MEMORY)).isBetween(0L, (long) MOST);
        assertThat(directory.size(FuseFile.VMSTATE)).isEqualTo(MOST);
    }
}
