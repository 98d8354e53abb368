package dev.mvm.crypto.sign;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Only a file that was read back takes another file's place.
final class WholeFileTest {
    private static final byte[] CONTENT = "what people rely on\n".getBytes(UTF_8);

    @TempDir
    Path dir;

    private static void broken(Path written) throws IOException {
        throw new IOException("does not open");
    }

    private void holdsOnly(String... names) throws IOException {
        try (var all = Files.list(dir)) {
            assertThat(all.map(path -> path.getFileName().toString())).containsExactlyInAnyOrder(names);
        }
    }

    @Test
    void newFile_isOpenedBeforeItHasItsName() throws Exception {
        var file = dir.resolve("file");
        var seen = new ArrayList<byte[]>();
        WholeFile.<IOException>create(file, CONTENT, "rw-r-----", written -> {
            assertThat(file).doesNotExist();
            seen.add(Files.readAllBytes(written));
        });
        assertThat(seen).containsExactly(CONTENT);
        assertThat(file).hasBinaryContent(CONTENT);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
        holdsOnly("file");
    }

    @Test
    void whatDoesNotOpen_takesNoPlace() throws Exception {
        var file = dir.resolve("file");
        assertThatThrownBy(() -> WholeFile.create(file, CONTENT, "rw-------", WholeFileTest::broken))
                .hasMessage("does not open");
        holdsOnly();
        Files.writeString(file, "old");
        assertThatThrownBy(() -> WholeFile.replace(file, CONTENT, "rw-------", WholeFileTest::broken))
                .hasMessage("does not open");
        assertThat(file).hasContent("old");
        holdsOnly("file");
    }

    /// Somebody makes the file while ours is being looked at: rename(2) would overwrite it.
    @Test
    void fileThatComesIntoBeingMeanwhile_isNotOverwritten() throws Exception {
        var file = dir.resolve("file");
        assertThatThrownBy(() -> WholeFile.<IOException>create(
                        file, CONTENT, "rw-------", written -> Files.writeString(file, "theirs")))
                .isInstanceOf(FileAlreadyExistsException.class)
                .hasMessageContaining(file.toString());
        assertThat(file).hasContent("theirs");
        holdsOnly("file");
    }

    private static void replaceOwn(Path file, String before) throws IOException {
        WholeFile.<IOException>replaceOwn(file, before.getBytes(UTF_8), CONTENT, "rw-------", written -> {});
    }

    @Test
    void leftoverBesideASecret_isLeftAlone() throws Exception {
        var file = Files.writeString(dir.resolve("file"), "old");
        Files.writeString(dir.resolve("file.new"), "left over");
        assertThatThrownBy(() -> replaceOwn(file, "old"))
                .isInstanceOf(FileAlreadyExistsException.class)
                .hasMessageContaining("file.new");
        assertThat(dir.resolve("file.new")).hasContent("left over");
        assertThat(file).hasContent("old");
        holdsOnly("file", "file.new");
    }

    @Test
    void secretThatSomebodyHasReplacedMeanwhile_stays() throws Exception {
        var file = Files.writeString(dir.resolve("file"), "theirs");
        assertThatThrownBy(() -> replaceOwn(file, "old")).hasMessageContaining("somebody has replaced it meanwhile");
        assertThat(file).hasContent("theirs");
        holdsOnly("file");
    }

    @Test
    void secretThatALinkNames_isReplacedWhereItIs() throws Exception {
        var elsewhere = Files.createDirectory(dir.resolve("elsewhere"));
        var real = Files.writeString(elsewhere.resolve("real"), "old");
        var link = Files.createSymbolicLink(dir.resolve("link"), real);
        replaceOwn(link, "old");
        assertThat(link).isSymbolicLink();
        assertThat(real).hasBinaryContent(CONTENT);
        holdsOnly("elsewhere", "link");
    }

    /// Two people with a document in one directory, or a watch that was interrupted: nobody is in the way.
    @Test
    void documentThatTwoReplace_isOneOfBoth_andWhatOneLeavesStopsNobody() throws Exception {
        var file = Files.writeString(dir.resolve("file"), "old");
        var leftover = WholeFile.unfinished(file);
        Files.writeString(leftover, "half a docu");
        WholeFile.<IOException>replace(
                file,
                "first".getBytes(UTF_8),
                "rw-------",
                written -> WholeFile.<IOException>replace(file, CONTENT, "rw-------", _ -> {}));
        assertThat(file).hasContent("first");
        holdsOnly("file", leftover.getFileName().toString());
    }

    @Test
    void fileSystemWithoutLinks_hasTheNameTakenFirst() throws Exception {
        var file = dir.resolve("file");
        for (var refusal : new String[] {"Operation not permitted", "Operation not supported"}) {
            var written = Files.writeString(dir.resolve("written"), "new");
            WholeFile.name(written, file, (_, _) -> {
                throw new FileSystemException(file.toString(), null, refusal);
            });
            assertThat(file).hasContent("new");
            holdsOnly("file");
            var other = Files.writeString(dir.resolve("written"), "other");
            assertThatThrownBy(() -> WholeFile.name(other, file, (_, _) -> {
                        throw new FileSystemException(file.toString(), null, refusal);
                    }))
                    .isInstanceOf(FileAlreadyExistsException.class);
            assertThat(file).hasContent("new");
            Files.delete(file);
            Files.delete(other);
        }
    }

    @Test
    void linkThatFailsForAnotherReason_makesNoFile() throws Exception {
        var file = dir.resolve("file");
        var written = Files.writeString(dir.resolve("written"), "new");
        assertThatThrownBy(() -> WholeFile.name(written, file, (_, _) -> {
                    throw new FileSystemException(file.toString(), null, "Disk quota exceeded");
                }))
                .hasMessageContaining("quota");
        holdsOnly("written");
    }

    @Test
    void replacedFile_hasTheNewContentAndMode() throws Exception {
        var file = dir.resolve("file");
        Files.writeString(file, "old");
        WholeFile.<IOException>replace(
                file, CONTENT, "rw-------", written -> assertThat(file).hasContent("old"));
        assertThat(file).hasBinaryContent(CONTENT);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        holdsOnly("file");
    }

    /// Root would take a daemon's key away, or give the daemon what a link names that it has put in the way.
    @Test
    void fileOfAnother_isNotReplaced_evenByRoot() throws Exception {
        assumeTrue(Files.getOwner(dir).getName().equals("root"), "only root gives files away");
        var file = dir.resolve("file");
        Files.writeString(file, "old");
        var other = file.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody");
        Files.setOwner(file, other);
        assertThatThrownBy(() -> replaceOwn(file, "old"))
                .isInstanceOfSatisfying(
                        WholeFile.ForeignFileException.class,
                        e -> assertThat(e.owner()).isEqualTo("nobody"))
                .hasMessageContaining("it belongs to nobody");
        assertThat(file).hasContent("old");
        assertThat(Files.getOwner(file)).isEqualTo(other);
        holdsOnly("file");
    }
}
