package dev.mvm.keyd;

import dev.mvm.crypto.sign.PassphraseFile;
import dev.mvm.crypto.sign.PassphraseSource;
import dev.mvm.crypto.sign.SigningException;
import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.crypto.sign.SigningKeys;
import dev.mvm.crypto.tenantkeys.HpkeSealer;
import dev.mvm.crypto.tenantkeys.KeyException;
import dev.mvm.keyd.audit.AuditEntry;
import dev.mvm.keyd.audit.ReleaseAudit;
import dev.mvm.keyd.documents.Documents;
import dev.mvm.keyd.release.KeydClock;
import dev.mvm.keyd.release.ReleaseService;
import dev.mvm.keyd.release.TenantKeys;
import dev.mvm.keyd.rpc.Answers;
import dev.mvm.linux.libcrypto.Ed25519;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.process.Uptime;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Verifier;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/// keyd put together, without sockets.
///
/// @param clock keyd's time
record Parts(
        Documents documents,
        TenantKeys keys,
        ReleaseService releases,
        ReleaseAudit audit,
        Answers answers,
        KeydClock clock) {
    static final String DOCUMENTS = "documents";
    static final String RELEASES = "releases";
    static final String AUDIT = "audit";
    static final String STORE = "store";

    private static final String CREDENTIAL = "credential:";

    static Parts open(KeydConfig config, TenantKeys keys, SigningKey key)
            throws IOException, RefusedException, KeyException {
        var check = signatures();
        var own = DirectoryFiles.in(config.stateDirectory(), RELEASES);
        var clock = new KeydClock(own, InstantSource.system(), Uptime::seconds);
        var files = DirectoryFiles.in(config.stateDirectory(), DOCUMENTS);
        var documents = Documents.open(files, new Verifier(check), clock, KeydJournal::error);
        var audit = new ReleaseAudit(config.stateDirectory().resolve(AUDIT), own, documents.fleet(), key, clock);
        var releases = ReleaseService.open(
                new ReleaseService.Parts(documents, keys, audit, own, key, HpkeSealer.find(), check, clock),
                new ReleaseService.Numbers(
                        config.limits().challenge(),
                        config.limits().blob(),
                        config.limits().perHour(),
                        config.limits().burst()));
        var answers = new Answers(documents, keys, releases, audit, KeydJournal::info);
        audit.write(List.of(AuditEntry.done(
                "start",
                "",
                "",
                config.mode().word() + " mode, key " + key.verifyKey().id())));
        answers.applyAll();
        return new Parts(documents, keys, releases, audit, answers, clock);
    }

    static LibcryptoSignatures signatures() throws IOException {
        return new LibcryptoSignatures(new Ed25519(new Libcrypto()));
    }

    static SigningKey signingKey(KeydConfig config) throws SigningException {
        return SigningKeys.open(reference(config.signingKey(), System.getenv()), passphrases(config));
    }

    /// Returns the file of a key that the service manager hands over, one of systemd's credentials (systemd.exec(5)).
    /// Any other reference stays as it is.
    static String reference(String configured, Map<String, String> environment) {
        if (!configured.startsWith(CREDENTIAL)) {
            return configured;
        }
        var folder = environment.getOrDefault("CREDENTIALS_DIRECTORY", "/run/credentials/mvm-keyd.service");
        return Path.of(folder, configured.substring(CREDENTIAL.length())).toString();
    }

    static PassphraseSource passphrases(KeydConfig config) {
        return config.passphraseFile()
                .<PassphraseSource>map(PassphraseFile::new)
                .orElseGet(() -> PassphraseSource.none("'passphrase-file' of the configuration names one"));
    }

    static Path store(KeydConfig config) {
        return config.stateDirectory().resolve(STORE);
    }
}
