package dev.mvm.image.store;

import static dev.mvm.image.Refusals.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.image.source.Digest;
import dev.mvm.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ImageStoreTest {
    private static final ImageName WEB = new ImageName("web");
    private static final ImageName API = new ImageName("api");

    @TempDir
    Path dir;

    private ImageStore store;

    @BeforeEach
    void open() throws IOException {
        store = ImageStore.open(dir);
    }

    private static ImageRecord record(String content, String provenance) {
        var image = new ImageRecord.Image(
                Digest.of(content.getBytes(UTF_8)), content.length(), 1, new Digest("a".repeat(64)), "b".repeat(64));
        var digests = new LinkedHashMap<String, Digest>();
        digests.put("tree", Digest.of("source".getBytes(UTF_8)));
        return new ImageRecord(
                image,
                new ImageRecord.Source("tree:/x", digests, List.of()),
                new ImageRecord.Contents(1, 2, new LinkedHashMap<>()),
                Json.object().put("argv", List.of()).end(),
                Digest.of(provenance.getBytes(UTF_8)),
                Instant.parse("2026-01-01T00:00:00Z"));
    }

    private ImageRecord publish(ImageName name, boolean replace, String content, String provenance) throws Exception {
        try (var draft = store.draft()) {
            var file = Files.writeString(draft.sandbox().resolve("image"), content);
            return store.publish(name, replace, draft, file, record(content, provenance), provenance.getBytes(UTF_8));
        }
    }

    private long files(String below) throws IOException {
        try (Stream<Path> all = Files.list(dir.resolve(below))) {
            return all.count();
        }
    }

    @Test
    void whatIsPublished_isFoundAndReadOnly() throws Exception {
        var record = publish(WEB, false, "one", "p");
        assertThat(store.get(WEB)).isEqualTo(record);
        assertThat(store.list()).containsOnlyKeys(WEB);
        var file = store.file(record.image().sha256());
        assertThat(file).hasContent("one");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("r--r--r--");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("sha256"))))
                .isEqualTo("rwx------");
        assertThat(files("drafts")).isZero();
    }

    @Test
    void aTakenName_isRefused_unlessItIsToBeReplaced() throws Exception {
        publish(WEB, false, "one", "p");
        assertRefused("name_taken", () -> publish(WEB, false, "two", "q"));
        assertThat(store.file(store.get(WEB).image().sha256())).hasContent("one");
        publish(WEB, true, "two", "q");
        assertThat(store.file(store.get(WEB).image().sha256())).hasContent("two");
        assertThat(files("sha256")).as("nothing of the first is left").isEqualTo(3);
    }

    @Test
    void theSameImageAgain_changesNothing() throws Exception {
        var first = publish(WEB, false, "one", "p");
        assertThat(publish(WEB, false, "one", "another time")).isEqualTo(first);
        assertThat(files("sha256")).isEqualTo(3);
    }

    @Test
    void theSameImageAgain_mendsADamagedFile() throws Exception {
        var first = publish(WEB, false, "one", "p");
        var image = store.file(first.image().sha256());
        Files.delete(image);
        Files.writeString(image, "onf");
        assertThat(publish(WEB, false, "one", "another time")).isEqualTo(first);
        assertThat(image).hasContent("one");
        Files.delete(store.file(first.provenance()));
        var second = publish(WEB, false, "one", "another time");
        assertThat(store.get(WEB)).isEqualTo(second);
        assertThat(store.bytes(second.provenance())).asString().isEqualTo("another time");
    }

    @Test
    void removing_keepsWhatOthersNeed() throws Exception {
        publish(WEB, false, "one", "p");
        publish(API, false, "one", "p");
        store.remove(WEB);
        assertThat(store.file(store.get(API).image().sha256())).hasContent("one");
        store.remove(API);
        assertThat(files("sha256")).isZero();
        assertRefused("image_unknown", () -> store.remove(API));
        assertRefused("image_unknown", () -> store.get(API));
    }

    @Test
    void aDamagedRecordOrName_isRefused_andCanBeReplaced() throws Exception {
        var record = publish(WEB, false, "one", "p");
        var file = store.file(Digest.of(record.json().bytes()));
        Files.delete(file);
        Files.writeString(file, record.json().bytes().length + "");
        assertRefused("store_damaged", () -> store.get(WEB));
        assertRefused("store_damaged", () -> publish(WEB, false, "one", "p"));
        publish(WEB, true, "one", "p");
        assertThat(store.get(WEB)).isEqualTo(record);
        Files.delete(dir.resolve("names/web"));
        Files.writeString(dir.resolve("names/web"), "../../etc/passwd\n");
        assertRefused("store_damaged", () -> store.get(WEB));
    }

    @Test
    @Tag("claim-I5")
    void filesWithoutAName_areSweptByTheNextImport_asAreDraftsOfTheKilled() throws Exception {
        Files.writeString(dir.resolve("sha256").resolve("c".repeat(64)), "published, and killed before it was named");
        var killed = Files.createDirectory(dir.resolve("drafts/00000000-0000-0000-0000-000000000000"));
        Files.writeString(killed.resolve("image"), "half");
        Files.createFile(dir.resolve("drafts/00000000-0000-0000-0000-000000000000.lock"));
        assertThat(store.list()).isEmpty();
        publish(WEB, false, "one", "p");
        assertThat(files("sha256")).isEqualTo(3);
        assertThat(files("drafts")).isZero();
    }

    /// A program in the sandbox that was taken over leaves a directory that its owner may not enter. Root may.
    @Test
    void aDraftThatCannotBeRemoved_disturbsNoOtherImport() throws Exception {
        var killed = Files.createDirectory(dir.resolve("drafts/00000000-0000-0000-0000-000000000000"));
        Files.createFile(dir.resolve("drafts/00000000-0000-0000-0000-000000000000.lock"));
        var closed = killed.resolve("a");
        Files.createDirectories(closed.resolve("b"));
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
        publish(WEB, false, "one", "p");
        if (Files.exists(closed)) {
            Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
        }
        publish(API, false, "one", "p");
        assertThat(files("drafts")).isZero();
    }

    @Test
    @Tag("claim-I5")
    void aDraftAtWork_isLeftAlone() throws Exception {
        try (var atWork = store.draft()) {
            Files.writeString(atWork.directory().resolve("image"), "half");
            publish(WEB, false, "one", "p");
            assertThat(atWork.directory().resolve("image")).hasContent("half");
        }
    }

    @Test
    void oneDamagedRecord_stopsSweeping_soThatNothingNeededGoes() throws Exception {
        var one = publish(WEB, false, "one", "p");
        publish(API, false, "two", "q");
        Files.delete(store.file(Digest.of(one.json().bytes())));
        store.remove(API);
        assertThat(store.file(one.image().sha256())).hasContent("one");
    }
}
