package dev.mvm.sealer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.protocol.sealer.Job;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A disk that becomes full under each of the three files.
final class FullDiskTest {
    private static final byte[] KEY = Played.keys(1);

    @TempDir
    private Path folder;

    @BeforeEach
    void mount() throws Exception {
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=1m", "small", folder.toString()) == 0, "no mounts here");
    }

    @AfterEach
    void unmount() throws Exception {
        assertThat(run("umount", folder.toString())).isZero();
    }

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    @Test
    void theVmmsStream_doesNotFit() throws Exception {
        assertNoSpace("vmstate", 2_000_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"manifest", "memory", "vmstate"})
    void nothing_fits(String name) throws Exception {
        Files.write(folder.resolve("rest"), new byte[1 << 20]);
        assertNoSpace(name, 1000);
    }

    private void assertNoSpace(String name, int size) throws Exception {
        var files = new ArrayList<Fd>();
        try (var vmm = Sockets.pair(Sockets.STREAM);
                var arena = Arena.ofShared();
                var keys = Played.secret(KEY);
                var onDisk = Fd.open(Files.createFile(folder.resolve(name)), OpenFlag.READ_WRITE);
                var one = Fd.inMemory();
                var two = Fd.inMemory();
                var exchange = new Exchange()) {
            files.addAll(List.of(one, two));
            files.add(List.of("manifest", "memory", "vmstate").indexOf(name), onDisk);
            exchange.say(
                    Played.request(Job.SEAL).encode(),
                    List.of(keys, files.get(0), files.get(1), files.get(2), vmm.right()));
            vmm.right().close();
            var sent = Vmm.sends(vmm.left().move(), arena.allocate(size));
            assertThat(exchange.hears()).isEqualTo("refused code=no_space");
            exchange.ends();
            sent.get(60, TimeUnit.SECONDS);
            assertThat(files.getFirst().status().size()).isZero();
        }
    }
}
