package dev.mvm.image.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.image.ImageException;
import dev.mvm.image.source.Digest;
import dev.mvm.json.JsonException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/// Images on an operator's machine. `sha256/` has files by digest: images, statements of provenance, records.
/// `names/` has one small file a name, with its record's digest. `drafts/` has imports that run.
///
/// Guarantees: a name leads to an image that is there whole, for files are on disk before the name is, also after
/// kill -9, a full disk or a loss of power; imports at once do not disturb each other.
///
/// Does not guarantee: that files stay as they are afterwards. Reading compares records with their digests;
/// [dev.mvm.image.build.Verification] compares the rest.
public final class ImageStore {
    private static final String NO_SUCH = "image_unknown";
    private static final String DAMAGED = "store_damaged";

    private final Path files;
    private final Path names;
    private final Path drafts;
    private final Path lock;

    private ImageStore(Path root) {
        this.files = root.resolve("sha256");
        this.names = root.resolve("names");
        this.drafts = root.resolve("drafts");
        this.lock = root.resolve("lock");
    }

    /// Opens a store, and makes it if need be; its directories are the user's alone.
    public static ImageStore open(Path root) throws IOException {
        var store = new ImageStore(root.toAbsolutePath());
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        for (var directory : new Path[] {store.files, store.names, store.drafts}) {
            Files.createDirectories(directory, mode);
        }
        return store;
    }

    /// A directory for one import. Removes those of imports that were killed.
    public Draft draft() throws IOException {
        try (var _ = StoreLock.take(lock)) {
            Draft.sweep(drafts);
            return Draft.in(drafts);
        }
    }

    /// Names, and records of those whose record is there; ascending by name.
    ///
    /// @throws ImageException `store_damaged`
    public SequencedMap<ImageName, ImageRecord> list() throws ImageException, IOException {
        var out = new TreeMap<ImageName, ImageRecord>((a, b) -> a.value().compareTo(b.value()));
        try (var _ = StoreLock.take(lock);
                var all = Files.list(names)) {
            for (var file : all.toList()) {
                var name = name(String.valueOf(file.getFileName()));
                if (name.isPresent()) {
                    find(name.get()).ifPresent(record -> out.put(name.get(), record));
                }
            }
        }
        return out;
    }

    private static Optional<ImageName> name(String file) {
        try {
            return Optional.of(new ImageName(file));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // one that is being written
        }
    }

    private Optional<ImageRecord> find(ImageName name) throws ImageException, IOException {
        var digest = recordOf(name);
        return digest.isEmpty() ? Optional.empty() : Optional.of(record(digest.get()));
    }

    /// The record of a name.
    ///
    /// @throws ImageException `image_unknown`, `store_damaged`
    public ImageRecord get(ImageName name) throws ImageException, IOException {
        try (var _ = StoreLock.take(lock)) {
            return find(name).orElseThrow(() -> unknown(name));
        }
    }

    private static ImageException unknown(ImageName name) {
        return new ImageException(
                NO_SUCH, "there is no image " + name.value() + "; mvm image list shows those there are");
    }

    /// Place of a file of the store.
    public Path file(Digest digest) {
        return files.resolve(digest.hex());
    }

    /// Bytes of a small file of the store.
    ///
    /// @throws ImageException `store_damaged` if it is missing or its digest is another
    public byte[] bytes(Digest digest) throws ImageException, IOException {
        try {
            var bytes = Files.readAllBytes(file(digest));
            if (Digest.of(bytes).equals(digest)) {
                return bytes;
            }
        } catch (NoSuchFileException e) {
            // said below
        }
        throw new ImageException(
                DAMAGED,
                "the store's file " + file(digest) + " is damaged or missing; import the image again with --replace");
    }

    private ImageRecord record(Digest digest) throws ImageException, IOException {
        try {
            return ImageRecord.read(bytes(digest));
        } catch (JsonException e) {
            throw new ImageException(DAMAGED, file(digest) + " is no record of an image: " + e.getMessage());
        }
    }

    private Optional<Digest> recordOf(ImageName name) throws ImageException, IOException {
        try {
            return Optional.of(Digest.parse(
                    Files.readString(names.resolve(name.value()), US_ASCII).strip()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            throw new ImageException(
                    DAMAGED, names.resolve(name.value()) + " names no record; remove it and import the image again");
        }
    }

    private static ImageException taken(ImageName name) {
        return new ImageException(
                "name_taken", "there is another image " + name.value() + "; --replace gives its name to this one");
    }

    /// Makes an import part of the store: its files, then its name. The same image of the same source may have the
    /// name already, for instance by an import at the same time; then the record stays, and a file that was damaged
    /// meanwhile is whole again.
    ///
    /// @param draft directory in which small files are written before they are moved
    /// @param image file of the record's digest, in the draft too; it is moved
    /// @return the record that the name leads to
    /// @throws ImageException `name_taken`
    public ImageRecord publish(
            ImageName name, boolean replace, Draft draft, Path image, ImageRecord record, byte[] provenance)
            throws ImageException, IOException {
        try (var _ = StoreLock.take(lock)) {
            var before = replace && !isReadable(name) ? Optional.<ImageRecord>empty() : find(name);
            boolean same = before.isPresent() && before.get().isSameAs(record);
            if (before.isPresent() && !same && !replace) {
                throw taken(name);
            }
            var written = draft.directory().resolve("published");
            Files.setPosixFilePermissions(image, PosixFilePermissions.fromString("r--r--r--"));
            flush(image);
            move(image, file(record.image().sha256()));
            if (same && isWhole(before.get().provenance())) {
                flush(files);
                return before.get();
            }
            write(written, provenance, file(record.provenance()));
            var document = record.json().bytes();
            write(written, document, file(Digest.of(document)));
            flush(files);
            write(written, (Digest.of(document).text() + "\n").getBytes(US_ASCII), names.resolve(name.value()));
            flush(names);
            sweep();
            return record;
        }
    }

    private boolean isWhole(Digest small) throws IOException {
        try {
            bytes(small);
            return true;
        } catch (ImageException e) {
            return false; // damaged: what the import mends
        }
    }

    private boolean isReadable(ImageName name) throws IOException {
        try {
            find(name);
            return true;
        } catch (ImageException e) {
            return false; // damaged: what --replace mends
        }
    }

    /// Removes a name, and the files that no other name needs.
    ///
    /// @throws ImageException `image_unknown`
    public void remove(ImageName name) throws ImageException, IOException {
        try (var _ = StoreLock.take(lock)) {
            if (!Files.deleteIfExists(names.resolve(name.value()))) {
                throw unknown(name);
            }
            flush(names);
            sweep();
        }
    }

    /// Removes files that no name leads to. Where a record cannot be read nothing is removed: it might need them.
    private void sweep() throws IOException {
        Draft.sweep(drafts);
        var needed = new HashSet<String>();
        try (var all = Files.list(names)) {
            for (var file : all.toList()) {
                var name = name(String.valueOf(file.getFileName()));
                var digest = name.isPresent() ? recordOf(name.get()) : Optional.<Digest>empty();
                if (digest.isPresent()) {
                    var record = record(digest.get());
                    needed.add(digest.get().hex());
                    needed.add(record.provenance().hex());
                    needed.add(record.image().sha256().hex());
                }
            }
        } catch (ImageException e) {
            return;
        }
        try (var all = Files.list(files)) {
            for (var file : all.toList()) {
                if (!needed.contains(String.valueOf(file.getFileName()))) {
                    Files.delete(file);
                }
            }
        }
    }

    /// Writes a file under another name first, so that it is there whole or not at all.
    private static void write(Path draft, byte[] bytes, Path target) throws IOException {
        Files.write(draft, bytes, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString("r--r--r--"));
        flush(draft);
        move(draft, target);
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException("the store's directories are not of one file system", e);
        }
    }

    private static void flush(Path path) throws IOException {
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
