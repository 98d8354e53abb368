package dev.mvm.hostd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JournalTest {
    @TempDir
    private Path folder;

    @Test
    @Tag("claim-P6")
    void outOfService_isALineForEachThing_printableAndBounded_andGoneOnceHostdRuns() throws Exception {
        var file = Files.writeString(
                folder.resolve("out-of-service"), "what an earlier hostd has said, longer\n".repeat(99));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        Journal.outOfService(file, "jailer: it\u001b[31m is not there; do\nroom: " + "x".repeat(9_999));
        assertThat(Files.readAllLines(file))
                .containsExactly("jailer: it?[31m is not there; do", "room: " + "x".repeat(494) + "...");
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-r-----"));
        Journal.outOfService(file, "");
        assertThat(file).isEmptyFile();
    }

    @Test
    void whereNobodyReadsIt_nothingIsMade() {
        Journal.outOfService(folder.resolve("none"), "jailer: it is not there");
        assertThat(folder).isEmptyDirectory();
    }
}
