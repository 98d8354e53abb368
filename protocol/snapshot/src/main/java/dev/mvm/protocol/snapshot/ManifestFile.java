package dev.mvm.protocol.snapshot;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.linux.libcrypto.AesGcm;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;

/// A manifest's bytes: a line of JSON, and a line with the snapshot's key, wrapped with the first line as associated
/// data. So the key opens beside the very bytes that it was wrapped beside, and opening it authenticates them.
///
/// @param facts the first line with its line feed
record ManifestFile(Manifest manifest, Bytes facts, Bytes wrapped) {
    private static final int WRAPPED = Cobblestone.KEY + AesGcm.OVERHEAD;
    private static final int WRAPPED_LINE = (WRAPPED + 2) / 3 * 4 + 1;

    static ManifestFile parse(byte[] bytes) throws SnapshotException {
        if (bytes.length > Manifest.MAX_BYTES) {
            throw new SnapshotException(SnapshotReason.TOO_LARGE, "a manifest of " + bytes.length + " bytes");
        }
        int split = bytes.length - WRAPPED_LINE;
        if (split < 1 || bytes[split - 1] != '\n') {
            throw new SnapshotException(SnapshotReason.MALFORMED, "want two lines");
        }
        var facts = Arrays.copyOf(bytes, split);
        var manifest = Manifest.parse(facts);
        var file = new ManifestFile(
                manifest, Bytes.of(facts), unwrapped(new String(bytes, split, WRAPPED_LINE - 1, US_ASCII)));
        if (!Arrays.equals(file.bytes(), bytes)) { // as in another spelling of the same Base64
            throw new SnapshotException(SnapshotReason.MALFORMED, "the second line");
        }
        return file;
    }

    private static Bytes unwrapped(String base64) throws SnapshotException {
        try {
            return Bytes.of(Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException e) {
            throw new SnapshotException(SnapshotReason.MALFORMED, "the second line is not Base64");
        }
    }

    /// The file of `manifest`, under the key that it names.
    static ManifestFile wrap(Cobblestone cobblestone, Manifest manifest, InstanceKeys keys, SecretMemory dataKey)
            throws IOException {
        var json = manifest.json();
        var facts = Arrays.copyOf(json, json.length + 1);
        facts[json.length] = '\n';
        try (var wrapping = keys.wrapping()) {
            var wrapped = cobblestone.wrap.seal(wrapping, facts, dataKey.bytes());
            return new ManifestFile(manifest, Bytes.of(facts), Bytes.of(wrapped));
        }
    }

    /// Opens the snapshot's key.
    ///
    /// @throws SnapshotException `wrong_key`, `not_opened`
    void unwrap(Cobblestone cobblestone, InstanceKeys keys, SecretMemory into) throws IOException {
        if (!manifest.key().equals(keys.id()) || manifest.keyVersion() != keys.version()) {
            throw new SnapshotException(
                    SnapshotReason.WRONG_KEY, "under " + manifest.key() + " version " + manifest.keyVersion());
        }
        try (var wrapping = keys.wrapping()) {
            if (!cobblestone.wrap.open(wrapping, facts.array(), wrapped.array(), into.bytes())) {
                throw new SnapshotException(SnapshotReason.NOT_OPENED, "under " + keys);
            }
        }
    }

    byte[] bytes() {
        var out = new ByteArrayOutputStream();
        out.writeBytes(facts.array());
        out.writeBytes(Base64.getEncoder().encode(wrapped.array()));
        out.write('\n');
        return out.toByteArray();
    }
}
