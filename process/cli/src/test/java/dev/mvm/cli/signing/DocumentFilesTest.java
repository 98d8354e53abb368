package dev.mvm.cli.signing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.cli.failure.Failure;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Documents take their place once they were opened again.
final class DocumentFilesTest {
    private static final byte[] TORN = "{\"payloadType\":\"".getBytes(UTF_8);

    @TempDir
    Path dir;

    private void holdsOnly(String... names) throws Exception {
        try (var all = Files.list(dir)) {
            assertThat(all.map(path -> path.getFileName().toString())).containsExactlyInAnyOrder(names);
        }
    }

    @Test
    void documentThatDoesNotOpen_takesNoPlace() throws Exception {
        var file = dir.resolve("root.json.dsse");
        for (var opening : new FileVerification[] {
            FileVerification.signed(DocumentType.ROOT, Payloads::root),
            FileVerification.draft(DocumentType.ROOT, Payloads::root),
            FileVerification.json()
        }) {
            Files.deleteIfExists(file);
            assertThatThrownBy(() -> DocumentFiles.write(file, TORN, opening))
                    .isInstanceOf(Failure.class)
                    .hasMessageStartingWith("cannot read back what was written, nothing is changed: " + file);
            holdsOnly();
            Files.writeString(file, "old");
            assertThatThrownBy(() -> DocumentFiles.replace(file, TORN, opening)).isInstanceOf(Failure.class);
            assertThat(file).hasContent("old");
            holdsOnly("root.json.dsse");
        }
    }

    @Test
    void leftoverOfAnInterruptedReplacement_isNotInTheWay() throws Exception {
        var file = dir.resolve("head.dsse");
        Files.writeString(dir.resolve("head.dsse.new"), "left over");
        DocumentFiles.replace(file, TORN, FileVerification.none());
        assertThat(file).hasBinaryContent(TORN);
        assertThat(dir.resolve("head.dsse.new")).hasContent("left over");
        holdsOnly("head.dsse", "head.dsse.new");
    }

    @Test
    void existingFile_isNotOverwritten() throws Exception {
        var file = Files.writeString(dir.resolve("root.json"), "old");
        assertThatThrownBy(() -> DocumentFiles.write(file, TORN, FileVerification.none()))
                .hasMessage("file exists, not overwritten: " + file);
        assertThat(file).hasContent("old");
    }
}
