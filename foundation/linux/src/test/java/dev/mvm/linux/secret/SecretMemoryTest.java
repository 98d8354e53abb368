package dev.mvm.linux.secret;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.linux.call.ChildJvm;
import dev.mvm.linux.call.Mapped;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.seccomp.JvmCalls;
import dev.mvm.linux.seccomp.SyscallFilter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class SecretMemoryTest {
    /// In a JVM of its own, because the filter is for good: without memfd_secret(2), and what smaps says of the
    /// page.
    static final class WithoutSecretFiles {
        public static void main(String[] args) throws Exception {
            SyscallFilter.allowing(JvmCalls.and()).install(); // without memfd_secret
            try (var memory = SecretMemory.allocate(32)) {
                memory.bytes().fill((byte) 1);
                var flags = flags(memory.bytes().address());
                System.out.println(memory.means() + " " + secretFile(memory) + " locked:" + flags.contains(" lo")
                        + " undumped:" + flags.contains(" dd"));
            }
        }
    }

    private static boolean secretFile(SecretMemory memory) throws Exception {
        var start = Long.toHexString(memory.bytes().address()) + "-";
        return Files.readAllLines(Path.of("/proc/self/maps")).stream()
                .anyMatch(line -> line.startsWith(start) && line.contains("secretmem"));
    }

    private static String flags(long address) throws Exception {
        var start = Long.toHexString(address) + "-";
        boolean here = false;
        for (var line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            here = line.matches("[0-9a-f]+-[0-9a-f]+ .*") ? line.startsWith(start) : here;
            if (here && line.startsWith("VmFlags:")) {
                return line;
            }
        }
        return "";
    }

    @Test
    @Tag("claim-K3")
    void memory_isLockedAndNotDumped() throws Exception {
        try (var memory = SecretMemory.allocate(32)) {
            assertThat(memory.bytes().toArray(JAVA_BYTE)).isEqualTo(new byte[32]);
            assertThat(flags(memory.bytes().address())).contains(" lo");
        }
    }

    /// Reading another process's memory goes through the kernel's direct map, which does not hold this page.
    @Test
    void secretFile_isNotReadThroughTheKernel() throws Exception {
        try (var memory = SecretMemory.allocate(32)) {
            assertThat(memory.means().equals("memfd_secret")).isEqualTo(secretFile(memory));
            assumeTrue(secretFile(memory), "needs memfd_secret");
            memory.bytes().copyFrom(MemorySegment.ofArray("canary".getBytes(US_ASCII)));
            try (var self = new RandomAccessFile("/proc/self/mem", "r")) {
                self.seek(memory.bytes().address());
                assertThatThrownBy(() -> self.read(new byte[6])).isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void releasedMemory_isThereForWhoMapsIt_andNotHere() throws Exception {
        try (var memory = SecretMemory.allocate(6)) {
            assumeTrue(secretFile(memory), "needs memfd_secret");
            memory.bytes().copyFrom(MemorySegment.ofArray("canary".getBytes(US_ASCII)));
            try (var released = memory.release();
                    var arena = Arena.ofConfined()) {
                assertThatThrownBy(() -> memory.bytes().get(JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
                long at = SystemCall.MMAP.call(0, 4096, 3, 1, released.number()); // readable, writable, shared
                var there = Mapped.at(at, 6, arena, () -> SystemCall.MUNMAP.attempt(at, 4096, 0, 0, 0, 0));
                assertThat(there.toArray(JAVA_BYTE)).isEqualTo("canary".getBytes(US_ASCII));
            }
        }
    }

    @Test
    @Tag("claim-K3")
    void withoutSecretFiles_itIsLockedAndLeftOutOfDumps() throws Exception {
        var result = ChildJvm.run(WithoutSecretFiles.class);
        assertThat(result.output()).isEqualTo("mlock false locked:true undumped:true\n");
    }

    @Test
    @Tag("claim-K3")
    void closedMemory_isGone() throws Exception {
        MemorySegment bytes;
        try (var memory = SecretMemory.allocate(32)) {
            bytes = memory.bytes();
        }
        long address = bytes.address();
        assertThatThrownBy(() -> bytes.get(JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
        assertThat(flags(address)).isEmpty();
    }

    @Test
    void sizesOutOfRange_areRefused() {
        assertThatThrownBy(() -> SecretMemory.allocate(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SecretMemory.allocate(4097)).isInstanceOf(IllegalArgumentException.class);
    }
}
