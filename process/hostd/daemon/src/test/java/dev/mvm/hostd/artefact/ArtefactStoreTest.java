package dev.mvm.hostd.artefact;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.mvm.hostd.host.ArtefactException;
import dev.mvm.hostd.policy.Refusal;
import dev.mvm.linux.fd.Directory;
import dev.mvm.model.Digest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The agent owns the spool and may put anything there.
@SuppressWarnings("MustBeClosedChecker") // closed after each test
final class ArtefactStoreTest {
    private static final byte[] KERNEL = "a kernel".getBytes(UTF_8);
    private static final Digest DIGEST = Digest.of(KERNEL);

    @TempDir
    private Path folder;

    private Path own;
    private Path spool;
    private Directory ownDirectory;
    private Directory spoolDirectory;
    private ArtefactStore store;

    @BeforeEach
    void open() throws IOException {
        own = Files.createDirectory(folder.resolve("own"));
        spool = Files.createDirectory(folder.resolve("spool"));
        ownDirectory = Directory.open(own);
        spoolDirectory = Directory.open(spool);
        store = new ArtefactStore(ownDirectory, spoolDirectory);
    }

    @AfterEach
    void close() {
        ownDirectory.close();
        spoolDirectory.close();
    }

    private String read() throws Exception {
        try (var fd = store.open(DIGEST);
                var arena = Arena.ofConfined()) {
            var bytes = arena.allocate(64);
            int read = fd.read(bytes);
            return new String(bytes.asSlice(0, read).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE), UTF_8);
        }
    }

    private void refused(Refusal refusal) {
        assertThatExceptionOfType(ArtefactException.class)
                .isThrownBy(this::read)
                .satisfies(e -> assertThat(e.refusal()).isEqualTo(refusal));
    }

    private Path offered() {
        return spool.resolve(DIGEST.hex());
    }

    @Test
    void whatHasItsDigest_isCopiedOnceAndTheSpoolDoesNotMatterAnyMore() throws Exception {
        Files.write(offered(), KERNEL);
        assertThat(read()).isEqualTo("a kernel");
        Files.write(offered(), "something else".getBytes(UTF_8));
        assertThat(read()).isEqualTo("a kernel");
        Files.delete(offered());
        assertThat(read()).isEqualTo("a kernel");
    }

    @Test
    @Tag("claim-H7")
    void otherBytesThanTheDigestSays_areRefusedAndLeaveNothing() throws Exception {
        Files.write(offered(), "another kernel".getBytes(UTF_8));
        refused(Refusal.ARTEFACT_DIFFERS);
        assertThat(own).isEmptyDirectory();
        Files.delete(offered());
        refused(Refusal.ARTEFACT_MISSING);
    }

    @Test
    @Tag("claim-H7")
    void copyThatWasAlteredOnTheNode_isRefused() throws Exception {
        Files.write(offered(), KERNEL);
        assertThat(read()).isEqualTo("a kernel");
        var copy = own.resolve(DIGEST.hex());
        assertThat(copy.toFile().setWritable(true)).isTrue();
        Files.write(copy, "a kernal".getBytes(UTF_8));
        refused(Refusal.ARTEFACT_DIFFERS);
    }

    @Test
    @Tag("claim-H7")
    void whatIsNoFile_isNotFollowedAndNotWaitedFor() throws Exception {
        Files.write(folder.resolve("outside"), KERNEL);
        Files.createSymbolicLink(offered(), folder.resolve("outside"));
        refused(Refusal.ARTEFACT_MISSING);
        Files.delete(offered());
        Files.createDirectory(offered());
        refused(Refusal.ARTEFACT_MISSING);
        Files.delete(offered());
        assertThat(new ProcessBuilder("mkfifo", offered().toString()).start().waitFor())
                .isZero();
        refused(Refusal.ARTEFACT_MISSING);
    }

    @Test
    void leftoverOfACrash_isNotInTheWay() throws Exception {
        Files.write(own.resolve(".import"), new byte[100]);
        Files.write(offered(), KERNEL);
        assertThat(read()).isEqualTo("a kernel");
        assertThat(Optional.of(own.resolve(".import")))
                .get()
                .satisfies(path -> assertThat(path).doesNotExist());
    }
}
