package dev.mvm.keyd;

import dev.mvm.crypto.sign.KeyFile;
import dev.mvm.crypto.sign.SigningException;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.keyd.audit.AuditVerification;
import dev.mvm.keyd.audit.ReleaseAudit;
import dev.mvm.keyd.documents.Documents;
import dev.mvm.keyd.store.KeyStores;
import dev.mvm.keyd.store.StoreException;
import dev.mvm.model.Digest;
import dev.mvm.protocol.keyd.service.KeydClient;
import dev.mvm.protocol.keyd.service.KeydException;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Verifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/// Verbs that an operator runs beside the daemon.
final class Setup {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private Setup() {}

    static void init(KeydConfig config, Path root, String pin)
            throws IOException, RefusedException, StoreException, Arguments.UsageException {
        Digest digest;
        try {
            digest = new Digest(pin);
        } catch (IllegalArgumentException e) {
            throw new Arguments.UsageException("--pin: " + e.getMessage());
        }
        var files = DirectoryFiles.in(config.stateDirectory(), Parts.DOCUMENTS);
        var verifier = new Verifier(Parts.signatures());
        var envelope = Files.readAllBytes(root);
        Documents.check(files, verifier, envelope, digest);
        try (var master = Masters.open(config)) {
            KeyStores.init(Parts.store(config), master);
        }
        Documents.init(files, verifier, envelope, digest);
        System.out.println("fleet " + digest);
    }

    /// Makes the signing key where the configuration names a file that is not there.
    static void makeSigningKey(KeydConfig config) throws SigningException {
        var reference = config.signingKey();
        boolean file = reference.startsWith("/");
        if (file && !Files.exists(Path.of(reference))) {
            try (var made = config.passphraseFile().isPresent()
                    ? KeyFile.create(Path.of(reference), Parts.passphrases(config))
                    : KeyFile.create(Path.of(reference))) {
                System.out.println(made.verifyKey().base64());
            }
        } else {
            try (var key = Parts.signingKey(config)) {
                System.out.println(key.verifyKey().base64());
            }
        }
    }

    static void status(KeydConfig config) throws KeydException {
        var socket = config.runtimeDirectory().resolve(Daemon.DOCUMENTS + ".sock");
        System.out.println(new KeydClient(socket, PATIENCE).status());
    }

    static void resume(KeydConfig config) throws IOException, StoreException {
        try (var store = Masters.store(config)) {
            store.resume();
            System.out.println(store.status().state().word());
        }
    }

    static void exportAudit(KeydConfig config, Path to) throws IOException {
        var head =
                DirectoryFiles.in(config.stateDirectory(), Parts.RELEASES).all().get(ReleaseAudit.HEAD);
        if (head == null) {
            throw new IOException("there is no audit yet");
        }
        try (var out = Files.newOutputStream(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            AuditVerification.export(config.stateDirectory().resolve(Parts.AUDIT), head, out);
        }
    }

    static void verifyAudit(Path file, String key)
            throws IOException, AuditVerification.BrokenAuditException, Arguments.UsageException {
        VerifyKey verifyKey;
        try {
            verifyKey = VerifyKey.ofBase64(key);
        } catch (IllegalArgumentException e) {
            throw new Arguments.UsageException("--key: " + e.getMessage());
        }
        var found = AuditVerification.verify(file, new Verifier(Parts.signatures()), verifyKey);
        System.out.println("records " + found.first() + " to " + found.last() + " are whole; signed at "
                + found.head().time() + "; alarms: " + found.alarms());
    }
}
