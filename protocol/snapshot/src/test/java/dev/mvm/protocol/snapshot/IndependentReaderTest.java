package dev.mvm.protocol.snapshot;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sealed snapshots open with a reader that was written from the document alone: `verify/snapshot-reader`.
final class IndependentReaderTest {
    private static final int PAGES = 24;

    @TempDir
    private Path folder;

    private record Said(int status, String text) {}

    private Said read(Path... arguments) throws Exception {
        var command = new ArrayList<>(List.of("python3", "../../verify/snapshot-reader/read_snapshot.py"));
        Arrays.stream(arguments).map(Path::toString).forEach(command::add);
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        var text = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Said(process.waitFor(), text.strip());
    }

    private Path write(String name, Made made) throws Exception {
        var into = Files.createDirectory(folder.resolve(name));
        Files.write(into.resolve("manifest"), made.manifest());
        Files.write(into.resolve("memory"), made.memory());
        Files.write(into.resolve("vmstate"), made.vmstate());
        return into;
    }

    @Test
    void snapshotAndDifference_openForAnotherReader() throws Exception {
        var cobblestone = new Cobblestone(new Libcrypto());
        var before = StreamsTest.random(PAGES * Machine.PAGE, 1);
        Arrays.fill(before, 5 * Machine.PAGE, 9 * Machine.PAGE, (byte) 0);
        var after = before.clone();
        Arrays.fill(after, 0, Machine.PAGE, (byte) 0);
        Arrays.fill(after, 6 * Machine.PAGE, 7 * Machine.PAGE, (byte) 6);
        var state = StreamsTest.random(Cobblestone.CHUNK, 2); // whose last chunk is empty
        try (var secret = SecretMemory.allocate(Cobblestone.KEY);
                var derived = SecretMemory.allocate(InstanceKeys.SIZE)) {
            cobblestone.random.fill(secret.bytes());
            var kek = Made.keys(cobblestone, secret, Made.PLACE, derived);
            var machine = Made.machine(before.length);
            int[] set = {11, 2, 12, 6};
            var whole = Made.make(
                    cobblestone,
                    Made.PLACE,
                    machine,
                    Optional.empty(),
                    kek,
                    set,
                    writer -> writer.whole(Memory.offHeap(before)),
                    state);
            var base = ManifestFile.parse(whole.manifest()).manifest().memory().header();
            var difference = Made.make(
                    cobblestone,
                    Made.PLACE,
                    machine,
                    Optional.of(base),
                    kek,
                    set,
                    writer -> {
                        for (int page : new int[] {6, 0}) {
                            int at = page * Machine.PAGE;
                            var bytes = Arrays.copyOfRange(after, at, at + Machine.PAGE);
                            writer.piece(at, Memory.offHeap(bytes));
                        }
                    },
                    state);
            var key = Files.writeString(folder.resolve("key"), HexFormat.of().formatHex(Memory.array(secret.bytes())));
            var memory = folder.resolve("memory");
            var vmstate = folder.resolve("vmstate");
            var first = write("whole", whole);
            assertThat(read(key, first, memory, vmstate)).isEqualTo(new Said(0, "working set: 11 2 12"));
            assertThat(memory).hasBinaryContent(before);
            assertThat(vmstate).hasBinaryContent(state);

            var second = write("difference", difference);
            assertThat(read(key, second, first, memory, vmstate)).isEqualTo(new Said(0, "working set: 6"));
            assertThat(memory).hasBinaryContent(after);
            assertThat(read(key, second, second, memory, vmstate).text()).startsWith("refused: ");

            Files.write(first.resolve("memory"), Made.flipped(whole.memory(), whole.memory().length - 1));
            assertThat(read(key, first, memory, vmstate))
                    .isEqualTo(new Said(1, "refused: memory, chunk 5, does not open"));
        }
    }
}
