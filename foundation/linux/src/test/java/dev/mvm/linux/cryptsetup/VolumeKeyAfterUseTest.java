package dev.mvm.linux.cryptsetup;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.call.ChildJvm;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.secret.ProcessMemory;
import dev.mvm.linux.secret.SecretMemory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A JVM that opens a volume's key and puts it under another slot key, as the root daemon does. Once that is done, all
/// of its memory is searched from outside for each of the three.
final class VolumeKeyAfterUseTest {
    private static final int BEFORE = 1 << 20;

    @TempDir
    private Path folder;

    private final Map<String, byte[]> canaries = new LinkedHashMap<>();

    /// Does its work in the folder that it is given, and waits.
    static final class Using {
        public static void main(String[] args) throws Exception {
            var folder = Path.of(args[0]);
            var luks = new Luks();
            try (var header = Fd.open(folder.resolve("header"), OpenFlag.READ_WRITE);
                    var data = Fd.open(folder.resolve("data"), OpenFlag.READ_WRITE);
                    var slot = read(folder.resolve("slot"));
                    var next = read(folder.resolve("next"));
                    var key = SecretMemory.allocate(Luks.KEY_SIZE)) {
                luks.volumeKey(header, data, slot, key);
                luks.changeSlotKey(header, data, slot, next);
                luks.volumeKey(header, data, next, key);
                if (args[1].equals("copy")) { // the search itself is tried out
                    Arena.global().allocate(Luks.KEY_SIZE).copyFrom(key.bytes());
                }
            }
            System.out.print("done\n");
            System.out.flush();
            if (System.in.read() >= 0) {
                throw new AssertionError();
            }
        }

        @SuppressWarnings("MustBeClosedChecker") // the caller's
        private static SecretMemory read(Path path) throws IOException {
            var out = SecretMemory.allocate(32);
            try (var file = Fd.open(path)) {
                file.read(out.bytes());
            }
            return out;
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // the caller's
    private SecretMemory slotKey(String name) throws IOException {
        var bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        canaries.put(name, bytes);
        Files.write(folder.resolve(name), bytes);
        var out = SecretMemory.allocate(bytes.length);
        out.bytes().copyFrom(MemorySegment.ofArray(bytes));
        return out;
    }

    @BeforeEach
    void format() throws Exception {
        var luks = new Luks();
        try (var header = Fd.open(Files.createFile(folder.resolve("header")), OpenFlag.READ_WRITE);
                var data = Fd.open(Files.createFile(folder.resolve("data")), OpenFlag.READ_WRITE);
                var slot = slotKey("slot");
                var _ = slotKey("next");
                var key = SecretMemory.allocate(Luks.KEY_SIZE)) {
            data.resize(BEFORE + (64 << 20));
            luks.format(header, data, BEFORE, slot, "");
            luks.volumeKey(header, data, slot, key);
            canaries.put("volume", key.bytes().toArray(JAVA_BYTE));
        }
    }

    /// Returns what is found in the memory of a JVM that is done.
    private Map<String, String> after(String keeping) throws IOException, InterruptedException {
        var classPath = ChildJvm.location(Luks.class) + ":" + ChildJvm.location(ChildJvm.class);
        var process = new ProcessBuilder(List.of(
                        System.getProperty("java.home") + "/bin/java",
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        classPath,
                        "--enable-native-access=ALL-UNNAMED",
                        Using.class.getName(),
                        folder.toString(),
                        keeping))
                .redirectErrorStream(true)
                .start();
        try (var input = process.inputReader()) {
            assertThat(input.readLine()).isEqualTo("done");
            return ProcessMemory.find(process.pid(), canaries);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    @Tag("claim-K3")
    void noKey_isLeftInTheProcess() throws Exception {
        assertThat(after("nothing")).isEmpty();
    }

    @Test
    void copyOfTheKey_isFound() throws Exception {
        assertThat(after("copy")).containsOnlyKeys("volume");
    }
}
