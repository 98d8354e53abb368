package dev.mvm.hostd.artefact;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.mvm.hostd.host.ArtefactException;
import dev.mvm.hostd.policy.Refusal;
import dev.mvm.linux.fd.Directory;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.Revision;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
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

    private void revisionRefused(byte[] document, Refusal refusal) throws IOException {
        Files.write(spool.resolve(Digest.of(document).hex()), document);
        assertThatExceptionOfType(ArtefactException.class)
                .isThrownBy(() -> store.revision(Digest.of(document)))
                .satisfies(e -> assertThat(e.refusal()).isEqualTo(refusal));
    }

    @Test
    void revision_isReadOfWhatHasItsDigest() throws Exception {
        var document = Ceremony.BOOTS.bytes();
        Files.write(spool.resolve(Ceremony.REVISION.hex()), document);
        assertThat(store.revision(Ceremony.REVISION)).isEqualTo(Ceremony.BOOTS.revision());
        assertThat(own.resolve(Ceremony.REVISION.hex())).hasBinaryContent(document);
    }

    @Test
    @Tag("claim-H7")
    void artefactThatIsNoRevision_isNotTakenForOne() throws Exception {
        revisionRefused(KERNEL, Refusal.REVISION_MALFORMED);
        revisionRefused(new byte[0], Refusal.REVISION_MALFORMED);
        var padded = new String(Ceremony.BOOTS.bytes(), UTF_8) + " ".repeat(Revision.MAX_BYTES);
        revisionRefused(padded.getBytes(UTF_8), Refusal.ARTEFACT_DIFFERS);
    }

    /// The agent would otherwise fill the node's disk with what is refused afterwards.
    @Test
    @Tag("claim-H7")
    void longerFileThanItsKindMayBe_isNotCopied() throws Exception {
        var padded = (new String(Ceremony.BOOTS.bytes(), UTF_8) + " ".repeat(Revision.MAX_BYTES)).getBytes(UTF_8);
        revisionRefused(padded, Refusal.ARTEFACT_DIFFERS);
        assertThat(own).isEmptyDirectory();
        var longer = new byte[3 * 4096];
        var image = new Revision.Image(Digest.of(longer), 2 * 4096, 1, DIGEST, Revision.Image.SALT);
        Files.write(spool.resolve(image.file().hex()), longer);
        imageRefused(image, Refusal.ARTEFACT_DIFFERS);
        assertThat(own).isEmptyDirectory();
        try (var sparse = FileChannel.open(offered(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            sparse.write(ByteBuffer.wrap(new byte[1]), 512L << 20);
        }
        assertThatExceptionOfType(ArtefactException.class)
                .isThrownBy(this::read)
                .withMessageContaining("more than 536870912 bytes");
        assertThat(own).isEmptyDirectory();
    }

    @Test
    @Tag("claim-H7")
    void image_isComparedWhenItIsTaken_andItsLengthEachTime() throws Exception {
        var bytes = new byte[3 * 4096];
        var image = new Revision.Image(Digest.of(bytes), bytes.length, 1, DIGEST, Revision.Image.SALT);
        imageRefused(image, Refusal.ARTEFACT_MISSING);
        Files.write(spool.resolve(image.file().hex()), new byte[2 * 4096]);
        imageRefused(image, Refusal.ARTEFACT_DIFFERS);
        assertThat(own).isEmptyDirectory();
        Files.write(spool.resolve(image.file().hex()), bytes);
        store.image(image).close();
        Files.delete(spool.resolve(image.file().hex()));
        store.image(image).close();
        var copy = own.resolve(image.file().hex());
        assertThat(copy.toFile().setWritable(true)).isTrue();
        Files.write(copy, new byte[2 * 4096]);
        imageRefused(image, Refusal.ARTEFACT_DIFFERS);
    }

    private void imageRefused(Revision.Image image, Refusal refusal) {
        assertThatExceptionOfType(ArtefactException.class)
                .isThrownBy(() -> store.image(image))
                .satisfies(e -> assertThat(e.refusal()).isEqualTo(refusal));
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
    void leftoversOfACrash_areRemovedAtTheNextStart() throws Exception {
        Files.write(own.resolve(DIGEST.hex() + ".import"), new byte[100]);
        Files.write(own.resolve(Digest.of(new byte[0]).hex() + ".import"), new byte[100]);
        store = new ArtefactStore(ownDirectory, spoolDirectory);
        assertThat(own).isEmptyDirectory();
        Files.write(offered(), KERNEL);
        assertThat(read()).isEqualTo("a kernel");
    }

    /// Also of a full disk: the next attempt begins anew.
    @Test
    void unfinishedCopy_isNotInTheWay() throws Exception {
        Files.write(own.resolve(DIGEST.hex() + ".import"), new byte[100]);
        Files.write(offered(), KERNEL);
        assertThat(read()).isEqualTo("a kernel");
        assertThat(own.resolve(DIGEST.hex() + ".import")).doesNotExist();
    }

    @Test
    void artefactsThatAreTakenAtOnce_areAllTaken() throws Exception {
        var contents = IntStream.range(0, 32)
                .mapToObj(i -> ("artefact " + i % 8).getBytes(UTF_8))
                .toList();
        for (var content : contents) {
            Files.write(spool.resolve(Digest.of(content).hex()), content);
        }
        try (var threads = Executors.newFixedThreadPool(contents.size())) {
            var all = contents.stream()
                    .map(content -> threads.submit(() -> {
                        store.open(Digest.of(content)).close();
                        return true;
                    }))
                    .toList();
            for (var each : all) {
                assertThat(each.get()).isTrue();
            }
        }
        try (var names = Files.list(own)) {
            assertThat(names.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(contents.stream()
                            .map(content -> Digest.of(content).hex())
                            .collect(toSet()));
        }
    }

    @Test
    void image_leavesNoDescriptorOpen() throws Exception {
        var bytes = new byte[3 * 4096];
        var image = new Revision.Image(Digest.of(bytes), bytes.length, 1, DIGEST, Revision.Image.SALT);
        Files.write(spool.resolve(image.file().hex()), bytes);
        for (int i = 0; i < 3; i++) {
            store.image(image).close();
            assertThat(openFiles()).doesNotContain(own.resolve(image.file().hex()));
        }
        try (var _ = store.image(image)) {
            assertThat(openFiles()).contains(own.resolve(image.file().hex()));
        }
    }

    private static List<Path> openFiles() throws IOException {
        var open = new ArrayList<Path>();
        try (var descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (var descriptor : descriptors) {
                try {
                    open.add(Files.readSymbolicLink(descriptor));
                } catch (NoSuchFileException e) {
                    // another thread has closed it
                }
            }
        }
        return open;
    }
}
