package dev.mvm.image.build;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.image.ImageException;
import dev.mvm.image.program.Programs;
import dev.mvm.image.program.Run;
import dev.mvm.image.program.Sandbox;
import dev.mvm.image.source.Digest;
import dev.mvm.image.source.Transport;
import dev.mvm.image.store.Draft;
import dev.mvm.image.store.ImageRecord.Image;
import dev.mvm.json.JsonException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// The steps that run in the sandbox: flattening, mkfs.erofs(1), fsck.erofs(1), veritysetup(8), sha256sum(1). Each
/// has 4 GiB of memory and an hour of processor time at the most.
final class Steps {
    /// The salt of every verity tree, SHA-256 of `mvm image salt 1`: it keeps the tree's hashes apart from those of
    /// other uses, and has to be no secret.
    static final String SALT = Digest.of("mvm image salt 1".getBytes(UTF_8)).hex();

    /// The UUID of every file system: version 8 of RFC 9562, without meaning.
    private static final String UUID = "6d766d69-6d61-8765-8000-000000000001";

    private static final long MEMORY = 4L << 30;
    private static final long LARGEST = 17L << 30;
    private static final Duration DEADLINE = Duration.ofHours(1);

    /// mkfs.erofs makes its file 2 TiB long at first, all of it a hole.
    private static final long MKFS_LARGEST = 3L << 40;

    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");
    private static final Path JAVA_SETTINGS = Path.of("/etc/java-25-openjdk");
    private static final String FILE = "image";

    /// The class [FlatteningProgram].
    private static final String FLATTENING = "dev.mvm.image.build.FlatteningProgram";

    private final Programs programs;
    private final Sandbox sandbox;
    private final Path directory;
    private final Scratch scratch;

    /// Makes the steps of one import. The importer writes into the draft's directory, of which programs in the sandbox
    /// read what they need, and into the sandbox's directory nothing: they could have left a link there.
    Steps(Programs programs, Draft draft) {
        this.programs = programs;
        this.directory = draft.directory();
        this.sandbox = new Sandbox(programs, draft.sandbox());
        this.scratch = new Scratch(draft.sandbox());
    }

    /// Unpacks Zstandard, which Java does not read, by a second copy of skopeo's.
    ///
    /// @param from directory of the image
    /// @param to name of a directory of the sandbox's
    /// @param most bytes of the largest layer that may come out
    void unpack(Path from, String to, long most) throws ImageException, IOException {
        var run = run(
                most,
                Set.of(from),
                List.of(
                        programs.path("skopeo"),
                        "--insecure-policy",
                        "--tmpdir",
                        Sandbox.WORK,
                        "copy",
                        "--quiet",
                        "--dest-decompress",
                        "dir:" + from,
                        "dir:" + to));
        if (run.wroteTooMuch()) {
            throw new ImageException("ratio_too_high", "the image is refused: uncompressed a layer is too large");
        }
        demand(run, "skopeo", "layer_damaged", "a layer cannot be unpacked");
    }

    /// Runs [FlatteningProgram].
    FlatteningReport flatten(FlatteningJob job) throws ImageException, IOException {
        var task = Files.write(directory.resolve(FlatteningJob.FILE), job.bytes(), StandardOpenOption.CREATE_NEW);
        var readable = new LinkedHashSet<Path>();
        var java = Path.of(System.getProperty("java.home"));
        var classes = classPath();
        readable.addAll(classes);
        job.tree().ifPresent(readable::add);
        readable.add(task);
        for (var name : List.of(Transport.FETCHED, FlatteningJob.OWNERS)) {
            if (Files.exists(directory.resolve(name))) {
                readable.add(directory.resolve(name));
            }
        }
        if (!java.startsWith("/usr")) {
            readable.add(java);
        }
        if (Files.isDirectory(JAVA_SETTINGS)) {
            readable.add(JAVA_SETTINGS);
        }
        var command = new ArrayList<>(List.of(java.resolve("bin/java").toString(), "-Xmx1g", "-XX:+UseSerialGC"));
        command.addAll(
                List.of("-XX:-UsePerfData", "-XX:CompressedClassSpaceSize=64m", "-XX:ReservedCodeCacheSize=64m"));
        command.addAll(List.of("-XX:+ExitOnOutOfMemoryError", "-Xlog:disable", "-Xlog:all=error:stderr", "-cp"));
        command.add(String.join(
                File.pathSeparator, classes.stream().map(Path::toString).toList()));
        command.addAll(List.of(FLATTENING, directory.toString(), Sandbox.WORK));
        return report(run(LARGEST, readable, command));
    }

    private static List<Path> classPath() {
        var out = new ArrayList<Path>();
        for (var element : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            var path = Path.of(element).toAbsolutePath().normalize();
            if (!element.isEmpty() && Files.exists(path)) {
                out.add(path);
            }
        }
        return out;
    }

    private FlatteningReport report(Run run) throws ImageException, IOException {
        if (run.status() == FlatteningProgram.REFUSED) {
            var line = new String(run.out(), UTF_8).replaceAll("[^ -~]+", " ").strip();
            int space = line.indexOf(' ');
            if (space > 0 && line.length() < 4096 && line.substring(0, space).matches("[a-z0-9_]{1,40}")) {
                throw new ImageException(line.substring(0, space), line.substring(space + 1));
            }
        }
        demand(run, "the flattening", "flattening_failed", "the layers cannot be flattened");
        try {
            return FlatteningReport.read(scratch.bytes(FlatteningReport.FILE, FlatteningReport.LONGEST));
        } catch (JsonException e) {
            throw new ImageException("sandbox_broken", "the flattening's report cannot be read: " + e.getMessage());
        }
    }

    /// Makes file system and verity tree of the canonical tar.
    Image build() throws ImageException, IOException {
        // each file is looked at before a program reads it: a pipe would keep the program waiting
        var tar = scratch.file(FlatteningReport.TAR, LARGEST);
        var made = run(
                MKFS_LARGEST,
                Set.of(),
                List.of(
                        programs.path("mkfs.erofs"),
                        "--quiet",
                        "-T0",
                        "--mkfs-time",
                        "-U",
                        UUID,
                        "--tar=f",
                        FILE,
                        FlatteningReport.TAR));
        demand(made, "mkfs.erofs", "mkfs_failed", "no file system can be made of the image's files");
        Files.delete(tar);
        image();
        demand(
                run(LARGEST, Set.of(), List.of(programs.path("fsck.erofs"), FILE)),
                "fsck.erofs",
                "mkfs_failed",
                "the file system that was made is damaged");
        long blocks = Files.size(image()) / Image.BLOCK;
        if (blocks * Image.BLOCK != Files.size(image()) || blocks == 0) {
            throw new ImageException("mkfs_failed", "the file system that was made is no whole number of blocks");
        }
        var tree = new ArrayList<>(verity("format", blocks, SALT));
        tree.addAll(List.of("--root-hash-file=root", FILE, FILE));
        demand(run(LARGEST, Set.of(), tree), "veritysetup", "verity_failed", "no verity tree can be made");
        image();
        var root = digest(scratch.bytes("root", 256));
        return new Image(sha256(FILE, Set.of()), Files.size(image()), blocks, root, SALT);
    }

    /// The image that [#build] has made.
    Path image() throws ImageException, IOException {
        return scratch.file(FILE, LARGEST);
    }

    /// Compares a file with its verity tree's root, block by block.
    ///
    /// @return whether they agree
    boolean treeAgrees(Path file, Image image) throws ImageException, IOException {
        var command = new ArrayList<>(verity("verify", image.dataBlocks(), image.salt()));
        command.addAll(
                List.of(file.toString(), file.toString(), image.rootHash().hex()));
        return run(LARGEST, Set.of(file), command).status() == 0;
    }

    /// The digest of a file.
    Digest sha256(String file, Set<Path> readable) throws ImageException, IOException {
        var run = run(LARGEST, readable, List.of(programs.path("sha256sum"), file));
        demand(run, "sha256sum", "read_failed", "the image cannot be read");
        return digest(run.out());
    }

    private List<String> verity(String verb, long blocks, String salt) throws ImageException {
        return List.of(
                programs.path("veritysetup"),
                verb,
                "--no-superblock",
                "--hash=sha256",
                "--data-block-size=" + Image.BLOCK,
                "--hash-block-size=" + Image.BLOCK,
                "--data-blocks=" + blocks,
                "--hash-offset=" + blocks * Image.BLOCK,
                "--salt=" + salt);
    }

    private static Digest digest(byte[] output) throws ImageException {
        var matcher = SHA_256.matcher(new String(output, UTF_8));
        if (!matcher.lookingAt()) {
            throw new ImageException("sandbox_broken", "a program in the sandbox has printed no digest");
        }
        return new Digest(matcher.group());
    }

    private Run run(long largest, Set<Path> readable, List<String> command) throws ImageException, IOException {
        return sandbox.run(new Sandbox.Bounds(MEMORY, largest, DEADLINE), readable, command);
    }

    private static void demand(Run run, String program, String code, String line) throws ImageException {
        if (run.status() == 0) {
            return;
        }
        if (run.diskIsFull()) {
            throw new ImageException("disk_full", "the disk is full; free some of it and import again");
        }
        throw new ImageException(
                code, line + ": " + program + " ended with status " + run.status() + " " + run.shortComplaint());
    }
}
