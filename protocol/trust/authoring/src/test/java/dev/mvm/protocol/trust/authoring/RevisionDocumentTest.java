package dev.mvm.protocol.trust.authoring;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.json.JsonException;
import dev.mvm.model.Digest;
import dev.mvm.model.GuestRuntime;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import dev.mvm.protocol.trust.Revision;
import dev.mvm.protocol.trust.authoring.RevisionDocument.Source;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RevisionDocumentTest {
    private static final Digest SOME = Digest.of(new byte[] {1});

    private static Digest digest(Draw draw) {
        return Digest.of(new byte[] {(byte) draw.intBetween(0, 255)});
    }

    private static RevisionDocument drawn(Draw draw) {
        long bytes = 4096L * draw.between(2, 1L << 30);
        Optional<Revision.Image> image = draw.flag()
                ? Optional.of(new Revision.Image(
                        digest(draw), bytes, draw.between(1, bytes / 4096 - 1), digest(draw), Revision.Image.SALT))
                : Optional.empty();
        Source source = switch (draw.intBetween(0, 2)) {
            case 0 -> new Source.Container(digest(draw), draw.list(0, 3, () -> digest(draw)));
            case 1 -> new Source.Tree(digest(draw));
            default -> new Source.Flake(draw.text(1, 512, "abc:/?.-#1"), digest(draw));
        };
        var runtime = new GuestRuntime(digest(draw), digest(draw));
        Optional<Digest> provenance = draw.flag() ? Optional.of(digest(draw)) : Optional.empty();
        return new RevisionDocument(new Revision(image, runtime), source, provenance);
    }

    @Test
    void everyRevision_readsBackAsItWasWritten_forPeopleAndForNodes() {
        Property.holds(300, draw -> {
            var document = drawn(draw);
            assertThat(document.bytes()).hasSizeLessThan(Revision.MAX_BYTES);
            assertThat(RevisionDocument.read(document.bytes())).isEqualTo(document);
            assertThat(Revision.parse(document.bytes())).isEqualTo(document.revision());
            assertThat(Digest.of(document.bytes())).isEqualTo(document.digest());
        });
    }

    @Test
    void salt_isTheDigestThatGuestsAndImagesHave() {
        assertThat(Revision.Image.SALT)
                .isEqualTo(Digest.of("mvm image salt 1".getBytes(US_ASCII)).hex());
    }

    private static RevisionDocument ofAnImage() {
        var image = new Revision.Image(SOME, 40960, 8, SOME, Revision.Image.SALT);
        return new RevisionDocument(
                new Revision(Optional.of(image), new GuestRuntime(SOME, SOME)),
                new Source.Container(SOME, List.of()),
                Optional.of(SOME));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mvm-revision-1|mvm-revision-2",
                "\"format\" : \"mvm-revision-1\",|''",
                "\"bytes\" : 40960|\"bytes\" : 40961",
                "\"bytes\" : 40960|\"bytes\" : 32768",
                "\"bytes\" : 40960|\"bytes\" : -4096",
                "\"data_blocks\" : 8|\"data_blocks\" : 0",
                "\"data_blocks\" : 8|\"data_blocks\" : 10",
                "\"data_blocks\" : 8|\"data_blocks\" : 8.0",
                "\"root_hash\" : \"sha256:|\"root_hash\" : \"sha512:",
                "\"salt\" : \"be|\"salt\" : \"ce",
                "\"salt\" : \"be|\"salt\" : \"BE",
                "\"kernel\"|\"kernal\"",
                "\"runtime\"|\"runtimes\"",
                "\"initramfs\" : \"sha256:|\"initramfs\" : \"",
            })
    void documentOutOfItsForm_isRefusedByNodes(String from, String to) {
        var good = new String(ofAnImage().bytes(), UTF_8);
        var bad = good.replaceFirst(from, to);
        assertThat(bad).isNotEqualTo(good);
        assertThatThrownBy(() -> Revision.parse(bad.getBytes(UTF_8)))
                .isInstanceOf(JsonException.class)
                .message()
                .doesNotContain("\n");
    }

    /// A node passes over source and provenance, whatever they are.
    @Test
    void sourceAndProvenance_areNotReadByNodes() throws Exception {
        var good = new String(ofAnImage().bytes(), UTF_8);
        var other = good.replaceFirst("\"manifest\" : \"[^\"]*\"", "\"something\" : [1, {}]");
        assertThat(other).isNotEqualTo(good);
        assertThat(Revision.parse(other.getBytes(UTF_8))).isEqualTo(ofAnImage().revision());
        assertThatThrownBy(() -> RevisionDocument.read(other.getBytes(UTF_8))).isInstanceOf(JsonException.class);
    }

    /// Its digest is its name: what says the same in another spelling is another revision, and no command takes it.
    @Test
    void anotherSpelling_isRefusedByCommands() {
        var text = new String(ofAnImage().bytes(), UTF_8);
        for (var other : List.of(text + "\n", text.replace(" : ", ":"), text.strip() + "  ")) {
            assertThat(other).isNotEqualTo(text);
            assertThatThrownBy(() -> RevisionDocument.read(other.getBytes(UTF_8)))
                    .isInstanceOf(JsonException.class);
        }
    }

    @Test
    void flakeReference_isOneWord() {
        for (var bad : List.of("", "a b", "\u00e4", "x".repeat(513))) {
            assertThatThrownBy(() -> new Source.Flake(bad, SOME)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    /// Bytes with a digest that somebody has signed are a revision, or refused in one line.
    @FuzzTest(maxDuration = "10s")
    void arbitraryBytes_areRefusedOrRead(byte[] data) {
        try {
            var revision = Revision.parse(data);
            assertThat(revision.image().map(image -> image.bytes() % 4096).orElse(0L))
                    .isZero();
        } catch (JsonException e) {
            assertThat(e.getMessage()).doesNotContain("\n");
        }
        try {
            assertThat(RevisionDocument.read(data).bytes()).isEqualTo(data);
        } catch (JsonException e) {
            assertThat(e.getMessage()).doesNotContain("\n");
        }
    }
}
