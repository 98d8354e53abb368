package dev.mvm.protocol.attest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.mvm.model.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class InstalledProgramsTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void twoJarsAndAProgram() throws IOException {
        Files.createDirectories(folder.resolve("hostd/more"));
        Files.writeString(folder.resolve("hostd/a.jar"), "a");
        Files.writeString(folder.resolve("hostd/more/b.jar"), "b");
        Files.writeString(folder.resolve("mvm-attest"), "program");
    }

    private List<Evidence.Software.Item> read() throws IOException {
        return InstalledPrograms.in(folder, "1.0");
    }

    @Test
    void eachProgram_andEachFolder_isAnItem() throws IOException {
        assertThat(read())
                .extracting(Evidence.Software.Item::name, Evidence.Software.Item::version)
                .containsExactly(tuple("hostd", "1.0"), tuple("mvm-attest", "1.0"));
        assertThat(read().getLast().digest()).isEqualTo(Digest.of("program".getBytes(UTF_8)));
    }

    @Test
    void changedRenamedAndMovedFiles_haveAnotherDigest() throws IOException {
        var before = read().getFirst().digest();
        Files.writeString(folder.resolve("hostd/more/b.jar"), "c");
        var changed = read().getFirst().digest();
        Files.writeString(folder.resolve("hostd/more/b.jar"), "b");
        Files.move(folder.resolve("hostd/more/b.jar"), folder.resolve("hostd/b.jar"));
        var moved = read().getFirst().digest();
        assertThat(List.of(before, changed, moved)).doesNotHaveDuplicates();
    }

    @Test
    void links_arePassedOver() throws IOException {
        var before = read();
        Files.createSymbolicLink(folder.resolve("link"), folder.resolve("mvm-attest"));
        Files.createSymbolicLink(folder.resolve("hostd/link"), folder.resolve("hostd/more"));
        assertThat(read()).isEqualTo(before);
    }

    @Test
    void nameWithASpace_isRefused() throws IOException {
        Files.writeString(folder.resolve("a b"), "");
        assertThatThrownBy(this::read)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("that no package of ours has");
    }

    @Test
    void tooMany_areRefused() throws IOException {
        for (int i = 0; i < 255; i++) {
            Files.createFile(folder.resolve("p" + i));
        }
        assertThatThrownBy(this::read).hasMessageContaining("more than 256 programs");
    }
}
