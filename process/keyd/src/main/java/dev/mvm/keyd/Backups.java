package dev.mvm.keyd;

import dev.mvm.crypto.sign.SigningException;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;
import dev.mvm.keyd.audit.ReleaseAudit;
import dev.mvm.keyd.release.ReleaseService;
import dev.mvm.keyd.store.KeyStores;
import dev.mvm.keyd.store.StoreClock;
import dev.mvm.keyd.store.StoreException;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/// Backups: one line with keyd's signed digest, then the rest, JSON. Keys in it are encrypted under the master key,
/// which
/// is not in it.
final class Backups {
    private static final DocumentType TYPE = new DocumentType("key-backup", 1, 1, 1024);
    private static final int MAX_BYTES = 1 << 30;
    private static final int MAX_FILES = 100_000;

    private Backups() {}

    static void write(KeydConfig config, Path to) throws IOException, StoreException, SigningException {
        try (var store = Masters.store(config);
                var key = Parts.signingKey(config)) {
            var content = Json.object()
                    .put("schema", 1)
                    .put("store", base64(store.copy()))
                    .put("documents", files(DirectoryFiles.in(config.stateDirectory(), Parts.DOCUMENTS)))
                    .put("releases", files(DirectoryFiles.in(config.stateDirectory(), Parts.RELEASES)))
                    .end()
                    .bytes();
            var payload = Json.object()
                    .put("schema", 1)
                    .put("size", content.length)
                    .put("digest", Digest.of(content).value())
                    .end()
                    .bytes();
            var unsigned = Envelopes.unsigned(TYPE, payload);
            var signature = new Envelope.Signature(key.verifyKey().id(), Bytes.of(key.sign(unsigned.signedBytes())));
            var out = new ByteArrayOutputStream();
            out.writeBytes(Envelopes.bytes(Envelopes.signed(unsigned, signature)));
            out.write('\n');
            out.writeBytes(content);
            var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
            Files.createFile(to, mode);
            Files.write(to, out.toByteArray(), StandardOpenOption.SYNC);
        }
    }

    private static List<Json> files(StateFiles files) throws IOException {
        var out = new ArrayList<Json>();
        for (var file : files.all().entrySet()) {
            if (file.getKey().equals(ReleaseAudit.HEAD)) {
                continue; // of an audit that stays where it is
            }
            out.add(Json.object()
                    .put("name", file.getKey())
                    .put("content", base64(file.getValue()))
                    .end());
        }
        return out;
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    /// Contents of a backup whose signature was verified.
    private record Content(Bytes store, Map<String, byte[]> documents, Map<String, byte[]> releases) {}

    /// Begins with a backup, or brings a standby up to date.
    static void restore(KeydConfig config, Path from, boolean standby)
            throws IOException, StoreException, SigningException, RefusedException {
        var content = verified(config, Files.readAllBytes(from));
        var documents = DirectoryFiles.in(config.stateDirectory(), Parts.DOCUMENTS);
        var releases = DirectoryFiles.in(config.stateDirectory(), Parts.RELEASES);
        boolean fresh = documents.all().isEmpty();
        if (!fresh && !standby) {
            throw new IOException("there is a key service in " + config.stateDirectory() + " already");
        }
        try (var master = Masters.open(config)) {
            if (!fresh) {
                try (var store = Masters.store(config)) {
                    store.take(content.store().array());
                }
            } else if (standby) {
                KeyStores.standby(Parts.store(config), master, content.store().array());
            } else {
                KeyStores.restore(Parts.store(config), master, content.store().array(), StoreClock.here());
            }
        }
        put(releases, fresh ? content.releases() : ReleaseService.newer(content.releases(), releases.all()));
        put(documents, content.documents());
        System.out.println(standby ? "standby" : "held: publish every tenant's newest grant, then mvm-keyd resume");
    }

    private static void put(StateFiles files, Map<String, byte[]> all) throws IOException {
        for (var file : all.entrySet()) {
            files.put(file.getKey(), file.getValue());
        }
    }

    private static Content verified(KeydConfig config, byte[] backup)
            throws IOException, SigningException, RefusedException {
        int end = 0;
        while (end < backup.length && backup[end] != '\n') {
            end++;
        }
        var head = Arrays.copyOf(backup, end);
        var content = end < backup.length ? Arrays.copyOfRange(backup, end + 1, backup.length) : new byte[0];
        try (var key = Parts.signingKey(config)) {
            var keys = new TrustRoot.Keys(1, List.of(key.verifyKey()));
            var signed = new Verifier(Parts.signatures())
                    .signed(
                            keys,
                            "this mvm-keyd",
                            head,
                            TYPE,
                            (payload, schema) -> TYPE.read(payload, schema, Backups::digest))
                    .value();
            if (!signed.equals(Digest.of(content))) {
                throw new IOException("the backup is not what was signed: it was altered, or cut");
            }
            return Json.parseObject(content, new JsonLimits(MAX_BYTES, 4, MAX_BYTES, true))
                    .read(Backups::content);
        } catch (JsonException e) {
            throw new IOException("the backup is not one of this version: " + e.getMessage(), e);
        }
    }

    private static Digest digest(JsonFields fields) throws JsonException {
        fields.integer("size", 0, MAX_BYTES);
        return fields.parsed("digest", Digest::new);
    }

    private static Content content(JsonFields fields) throws JsonException {
        fields.integer("schema", 1, 1);
        return new Content(
                fields.parsed("store", Bytes::ofBase64), named(fields, "documents"), named(fields, "releases"));
    }

    private static Map<String, byte[]> named(JsonFields fields, String name) throws JsonException {
        var out = new java.util.TreeMap<String, byte[]>();
        fields.objects(
                name,
                MAX_FILES,
                file -> out.put(
                                file.parsed("name", Backups::fileName),
                                file.parsed("content", Bytes::ofBase64).array())
                        == null);
        return out;
    }

    private static String fileName(String text) throws JsonException {
        if (!text.matches("[a-z0-9][a-z0-9.-]{0,99}")) {
            throw new JsonException("not a file's name");
        }
        return text;
    }
}
