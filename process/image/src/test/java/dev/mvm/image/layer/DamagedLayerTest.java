package dev.mvm.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.image.ImageException;
import dev.mvm.image.Limits;
import dev.mvm.property.Property;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Any bytes are a layer or are refused; what is written of a layer is a layer that stays the same.
final class DamagedLayerTest {
    private static final Limits LIMITS = new Limits(3, 1_000, 1 << 20, 200, 1 << 16, 1 << 16);

    /// An entry of each kind, with each extension header.
    private static byte[] layer() {
        var map = "1\n512\n3\n";
        return new TarBytes()
                .folder("./")
                .pax("mtime", "1700000000.5")
                .xattr("user.note", "a\0b")
                .file("a", "content")
                .symlink("b", "a")
                .hardlink("c", "b")
                .entry('L', "././@LongLink", "", "d".repeat(150) + "\0")
                .file("d", "long")
                .pax("GNU.sparse.major", "1")
                .pax("GNU.sparse.minor", "0")
                .pax("GNU.sparse.name", "e")
                .pax("GNU.sparse.realsize", "515")
                .file("x", map + "\0".repeat(512 - map.length()) + "abc")
                .pax("GNU.sparse.size", "600")
                .pax("GNU.sparse.map", "512,3,600,0")
                .file("f", "abc")
                .pax("SCHILY.acl.access", "user::rwx,group::r-x,other::r--")
                .folder("g")
                .device('4', "g/h", 8, 1)
                .fifo("g/i")
                .file("g/.wh.j", "")
                .file("g/.wh..wh..opq", "")
                .bytes();
    }

    /// Flattens the layer, and what came of it once more. Returns false if it was refused.
    private static boolean isFlattened(byte[] bytes) throws IOException {
        var folder = Files.createTempDirectory("damaged");
        try {
            var once = written(bytes, folder, "one");
            if (once.length == 0) {
                return false;
            }
            var again = withoutConfig(folder, once);
            assertThat(again).isEqualTo(once);
            return true;
        } finally {
            try (var files = Files.list(folder)) {
                for (var file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }

    private static byte[] written(byte[] bytes, Path folder, String name) throws IOException {
        var layer = Files.write(folder.resolve(name), bytes);
        try (var merged = Flattener.merge(List.of(layer), LIMITS, folder)) {
            var tar = folder.resolve(name + ".tar");
            merged.write(Flat.CONFIG, tar);
            return Files.readAllBytes(tar);
        } catch (ImageException e) {
            assertThat(e.line()).matches("[ -~]+");
            return new byte[0];
        }
    }

    /// The first result has the importer's file, which a layer must not bring: a whiteout removes it.
    private static byte[] withoutConfig(Path folder, byte[] tar) throws IOException {
        var lower = Files.write(folder.resolve("lower"), tar);
        var upper = new TarBytes().file(".wh..mvm", "").in(folder, "upper");
        var out = folder.resolve("again.tar");
        try (var merged = Flattener.merge(List.of(lower, upper), Limits.STANDARD, folder)) {
            merged.write(Flat.CONFIG, out);
            return Files.readAllBytes(out);
        } catch (ImageException e) {
            throw new AssertionError("what was written is refused", e);
        }
    }

    private static void seal(byte[] bytes) {
        for (int at = 0; at + 512 <= bytes.length; at += 512) {
            var block = Arrays.copyOfRange(bytes, at, at + 512);
            if (new String(block, 257, 5, ISO_8859_1).equals("ustar")) {
                System.arraycopy(TarBytes.sealed(block), 0, bytes, at, 512);
            }
        }
    }

    @Test
    void anUndamagedLayer_isFlattened() throws IOException {
        assertThat(isFlattened(layer())).isTrue();
    }

    @Test
    @Tag("claim-I1")
    void damagedLayers_areFlattenedOrRefused() {
        var flattened = new AtomicInteger();
        Property.holds(400, draw -> {
            var bytes = layer();
            for (int i = draw.intBetween(1, 4); i > 0; i--) {
                bytes[draw.intBetween(0, bytes.length - 1)] = (byte) draw.between(0, 255);
            }
            seal(bytes);
            var cut = Arrays.copyOf(bytes, draw.flag() ? draw.intBetween(0, bytes.length) : bytes.length);
            flattened.addAndGet(isFlattened(cut) ? 1 : 0);
        });
        assertThat(flattened.get()).isBetween(20, 380);
    }

    @FuzzTest
    void anyBytes_areALayerOrRefused(byte[] bytes) throws IOException {
        assertThat(isFlattened(bytes)).isIn(true, false);
        var sealed = bytes.clone();
        for (int at = 0; at + 512 <= sealed.length; at += 512) {
            System.arraycopy(TarBytes.sealed(Arrays.copyOfRange(sealed, at, at + 512)), 0, sealed, at, 512);
        }
        assertThat(isFlattened(sealed)).isIn(true, false);
    }
}
