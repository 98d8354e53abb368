package dev.mvm.image.source;

import dev.mvm.image.ImageException;
import dev.mvm.image.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.util.ArrayList;
import java.util.List;

/// Blobs of a fetched image, compared with their manifest. It reads what others wrote, and so runs in the sandbox.
public final class Blobs {
    private static final int BUFFER = 1 << 16;
    private static final int CONFIG_LONGEST = 4 << 20;

    private final Path fetched;
    private final Path unpacked;

    /// Makes a view of a fetched image.
    ///
    /// @param fetched directory of the image
    /// @param unpacked directory where skopeo unpacked the layers, named by the digests they then have; used for
    ///     layers in Zstandard alone
    public Blobs(Path fetched, Path unpacked) {
        this.fetched = fetched;
        this.unpacked = unpacked;
    }

    /// Returns whether a layer is compressed with Zstandard, by its first four bytes: media types are not always right.
    public static boolean isZstandard(Path blob) throws IOException {
        try (var in = Files.newInputStream(blob)) {
            return in.read() == 0x28 && in.read() == 0xb5 && in.read() == 0x2f && in.read() == 0xfd;
        }
    }

    /// Returns how many bytes a layer in Zstandard may become; what gzip becomes is counted while it is read.
    ///
    /// @param packed its bytes
    public static long mostUnpacked(long packed) {
        var limits = Limits.STANDARD;
        return Math.min(limits.bytes(), Math.max(limits.ratioFreeBytes(), limits.ratio() * packed));
    }

    /// The digest of a file.
    public static Digest digest(Path file) throws IOException {
        var digest = Digest.sha256();
        try (var in = new DigestInputStream(Files.newInputStream(file), digest)) {
            var buffer = new byte[BUFFER];
            while (in.read(buffer) >= 0) {
                // the digest is all that is wanted
            }
        }
        return Digest.of(digest);
    }

    /// The configuration's bytes.
    ///
    /// @throws ImageException `size_differs`, `digest_differs`, `config_invalid`
    public byte[] config(Descriptor descriptor) throws ImageException, IOException {
        if (descriptor.size() > CONFIG_LONGEST) {
            throw new ImageException("config_invalid", "the configuration has more than 4 MiB");
        }
        return Files.readAllBytes(checked(descriptor, "the configuration"));
    }

    /// Files of the layers, lowest first, packed by gzip or plain. Each blob has the size and digest that the manifest
    /// names; what is in it is still to be compared with `diffIds`.
    ///
    /// @param diffIds digests of the plain layers, by the configuration
    /// @throws ImageException `image_missing`, `size_differs`, `digest_differs`, `diff_id_differs`
    public List<Path> layers(List<Descriptor> descriptors, List<Digest> diffIds) throws ImageException, IOException {
        if (descriptors.size() != diffIds.size()) {
            throw new ImageException(
                    "diff_id_differs",
                    "the manifest has " + descriptors.size() + " layers, and the configuration " + diffIds.size());
        }
        var out = new ArrayList<Path>();
        for (int i = 0; i < descriptors.size(); i++) {
            var layer = "layer " + (i + 1);
            var blob = checked(descriptors.get(i), layer);
            if (isZstandard(blob)) {
                blob = unpacked.resolve(diffIds.get(i).hex());
                if (!Files.isRegularFile(blob)) {
                    throw differs(i);
                }
                if (Files.size(blob) > mostUnpacked(descriptors.get(i).size())) {
                    throw new ImageException("ratio_too_high", layer + " is refused: uncompressed it is too large");
                }
            }
            out.add(blob);
        }
        return out;
    }

    /// Compares the digests of plain layers with those that the configuration names.
    ///
    /// @throws ImageException `diff_id_differs`
    public static void compare(List<Digest> found, List<Digest> diffIds) throws ImageException {
        for (int i = 0; i < diffIds.size(); i++) {
            if (!diffIds.get(i).equals(found.get(i))) {
                throw differs(i);
            }
        }
    }

    private static ImageException differs(int index) {
        return new ImageException(
                "diff_id_differs", "layer " + (index + 1) + " unpacked is not what the configuration names");
    }

    private Path checked(Descriptor descriptor, String blob) throws ImageException, IOException {
        var path = fetched.resolve(descriptor.digest().hex());
        if (!Files.isRegularFile(path)) {
            throw new ImageException("image_missing", "the source lacks " + blob);
        }
        long size = Files.size(path);
        if (size != descriptor.size()) {
            throw new ImageException(
                    "size_differs", blob + " has " + size + " bytes, and the manifest says " + descriptor.size());
        }
        var found = digest(path);
        if (!found.equals(descriptor.digest())) {
            throw new ImageException("digest_differs", blob + " is not what the manifest names: " + found.text());
        }
        return path;
    }
}
