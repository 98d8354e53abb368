package dev.mvm.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The builder of the demo image: the same bytes from the same inputs, and no image from wrong ones.
final class ImageBuildTest {
    @TempDir
    private Path folder;

    private Path image;

    @BeforeEach
    void chooseFolder() {
        image = folder.resolve("image");
    }

    @Test
    void surroundings_leaveNoTrace() throws Exception {
        var first = Build.of(Inputs.busybox(), Inputs.agent(), image);
        assertThat(first.status()).as(first.err()).isZero();

        var busybox = copy(Inputs.busybox(), "busy box");
        var agent = copy(Inputs.agent(), "agent");
        var there = Files.createDirectory(folder.resolve("else where"));
        var other = there.resolve("another");
        var second = Build.elsewhere(
                there, Map.of("TZ", "Asia/Tokyo", "LANG", "C.UTF-8", "LC_ALL", "C.UTF-8"), "077", other);
        assertThat(second.status()).as(second.err()).isZero();
        var third = Build.of(busybox, agent, folder.resolve("third"));
        assertThat(third.status()).as(third.err()).isZero();

        for (var again : new Path[] {other, folder.resolve("third"), Inputs.image()}) {
            for (var file : new String[] {"vmlinux", "rootfs.cpio"}) {
                assertThat(Files.mismatch(image.resolve(file), again.resolve(file)))
                        .as(again + " " + file)
                        .isEqualTo(-1);
            }
        }
        assertThat(second.out()).isEqualTo(first.out());
    }

    @Test
    void digests_areThoseOfTheFiles() throws Exception {
        var build = Build.of(Inputs.busybox(), Inputs.agent(), image);
        assertThat(build.out()).isEqualTo("kernel " + digest("vmlinux") + "\nrootfs " + digest("rootfs.cpio") + "\n");
        try (var files = Files.list(image)) {
            assertThat(files.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("vmlinux", "rootfs.cpio");
        }
    }

    @Test
    void worker_makesADifferentImage() throws Exception {
        var worker = Files.writeString(folder.resolve("worker"), "#!/bin/sh\n");
        var plain = Build.of(Inputs.busybox(), Inputs.agent(), image);
        var build = Build.of(Inputs.busybox(), Inputs.agent(), folder.resolve("with"), worker);
        assertThat(build.status()).as(build.err()).isZero();
        assertThat(build.out()).isNotEqualTo(plain.out());
        assertThat(build.out().lines().findFirst())
                .isEqualTo(plain.out().lines().findFirst());
    }

    @Test
    void programThatNeedsAnInterpreter_isRefused() throws Exception {
        // any program of the system is linked to shared libraries
        assertRefused(Build.of(Inputs.busybox(), Path.of("/usr/bin/env"), image), "not linked statically");
        assertRefused(Build.of(Path.of("/usr/bin/env"), Inputs.agent(), image), "not linked statically");
    }

    @Test
    void fileThatIsNoProgram_isRefused() throws Exception {
        var text = Files.writeString(folder.resolve("text"), "hello");
        assertRefused(Build.of(Inputs.busybox(), text, image), "no program");
        assertRefused(Build.of(folder.resolve("absent"), Inputs.agent(), image), "cannot read");
        assertRefused(Build.of(Inputs.busybox(), Inputs.agent(), image, folder.resolve("absent")), "cannot read");
    }

    @Test
    void kernelThatIsCut_isRefused() throws Exception {
        var boot = Files.createDirectories(folder.resolve("kernel/boot"));
        Path whole;
        try (var files = Files.newDirectoryStream(Inputs.kernelPackage().resolve("boot"), "vmlinuz-*")) {
            whole = files.iterator().next();
        }
        var bytes = Files.readAllBytes(whole);
        var cut = boot.resolve("vmlinuz-cut");
        for (int length : new int[] {0, 100, 600, 30_000, bytes.length / 2}) {
            Files.write(cut, Arrays.copyOf(bytes, length));
            assertFailed(Build.with(folder, arguments(folder.resolve("kernel"))));
        }
        Files.writeString(boot.resolve("vmlinuz-second"), "");
        assertRefused(Build.with(folder, arguments(folder.resolve("kernel"))), "want one kernel");
    }

    @Test
    void wrongUsage_isSaidSo() throws Exception {
        assertThat(Build.with(folder).status()).isEqualTo(2);
        assertThat(Build.with(folder, "a", "b", "c").status()).isEqualTo(2);
        assertThat(Build.with(folder, "a", "b", "c", "d", "e", "f").err()).startsWith("usage: ");
    }

    private String[] arguments(Path kernel) {
        return new String[] {
            kernel.toString(), Inputs.busybox().toString(), Inputs.agent().toString(), image.toString()
        };
    }

    private void assertRefused(Build build, String reason) throws IOException {
        assertThat(build.err()).startsWith("image: ").contains(reason).hasLineCount(1);
        assertFailed(build);
    }

    private void assertFailed(Build build) throws IOException {
        assertThat(build.status()).as(build.err()).isEqualTo(1);
        assertThat(build.out()).isEmpty();
        if (Files.exists(image)) {
            assertThat(image).isEmptyDirectory();
        }
    }

    private Path copy(Path from, String name) throws IOException {
        var to = Files.copy(from, folder.resolve(name));
        Files.setLastModifiedTime(to, FileTime.from(Instant.EPOCH));
        return to;
    }

    private Digest digest(String file) throws IOException {
        return Digest.of(Files.readAllBytes(image.resolve(file)));
    }
}
