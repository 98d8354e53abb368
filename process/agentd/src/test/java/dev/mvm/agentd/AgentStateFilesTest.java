package dev.mvm.agentd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.property.Synced;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AgentStateFilesTest {
    @TempDir
    Path dir;

    @Test
    void files_readBack_andAreForTheOwnerAlone() throws Exception {
        var directory = dir.resolve("state");
        var files = AgentStateFiles.open(directory);
        files.put("a", new byte[] {1});
        files.put("a", new byte[] {2});
        files.put("b", new byte[] {3});
        files.remove("b");
        files.remove("never");
        assertThat(AgentStateFiles.open(directory).all()).containsOnlyKeys("a");
        assertThat(files.all().get("a")).containsExactly(2);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("a"))))
                .isEqualTo("rw-------");
    }

    /// A power cut does not make a node forget what it has taken: a directory without its name is a new node's.
    @Test
    void everyFile_isSynced_andItsNameLast_andTheDirectoryItself() throws Exception {
        var directory = dir.resolve("trust");
        assertThat(Synced.by(dir, () -> AgentStateFiles.open(directory))).containsExactly(dir);
        var files = AgentStateFiles.open(directory);
        assertThat(Synced.by(dir, () -> files.put("floor.json", new byte[] {1})))
                .containsExactly(directory.resolve("floor.json.new"), directory);
        assertThat(Synced.by(dir, () -> files.remove("floor.json"))).containsExactly(directory);
    }

    @Test
    void unfinishedWrite_isRemovedAndNeverRead() throws Exception {
        var files = AgentStateFiles.open(dir);
        files.put("a", new byte[] {1});
        Files.write(dir.resolve("a.new"), new byte[] {9});
        assertThat(AgentStateFiles.open(dir).all()).containsOnlyKeys("a");
        assertThat(dir.resolve("a.new")).doesNotExist();
    }
}
