package dev.mvm.coordinator.pki;

import dev.mvm.crypto.sign.KeyFile;
import dev.mvm.crypto.sign.PassphraseSource;
import dev.mvm.crypto.sign.PlainKey;
import dev.mvm.crypto.sign.ServiceCredentials;
import dev.mvm.crypto.sign.SigningException;
import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.crypto.sign.SigningKeys;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.model.Digest;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.RuntimeOperatorException;

/// The keys of authorities that are kept outside of the file of authorities. Each is opened when it signs for the
/// first time, and stays open. They are Ed25519 (RFC 8410), as all keys that `SigningKeys` opens. Thread-safe.
final class AuthorityKeys implements AutoCloseable {
    private static final AlgorithmIdentifier ED25519 = new AlgorithmIdentifier(new ASN1ObjectIdentifier("1.3.101.112"));
    private static final byte[] SPKI = HexFormat.of().parseHex("302a300506032b6570032100");
    private static final Pattern REFERENCE = Pattern.compile("[!-~][ -~]{0,1023}");
    private static final Pattern ELSEWHERE = Pattern.compile("(pkcs11|transit):.*");
    private static final Pattern OWN_FILE = Pattern.compile("authority-[0-9a-f]{16}\\.key");
    private static final int NAME_DIGITS = 16;
    private static final PassphraseSource NO_PASSPHRASE = PassphraseSource.none(
            "the key file of an authority is a plain one, and the PIN of a token is in the file that pin-source names");

    private final Path folder;
    private final Map<String, SigningKey> opened = new HashMap<>();

    /// @param folder of files that references name without a folder
    AuthorityKeys(Path folder) {
        this.folder = folder;
    }

    Path folder() {
        return folder;
    }

    /// A key that was just made, whose file is not in its place yet. Closing it wipes the content.
    static final class Fresh implements AutoCloseable {
        private final String name;
        private final byte[] content;
        private final AuthorityKey.Named key;

        private Fresh(String name, byte[] content, AuthorityKey.Named key) {
            this.name = name;
            this.content = content;
            this.key = key;
        }

        /// Returns the name of its file.
        String name() {
            return name;
        }

        /// Returns what its file is to hold, which is not copied.
        byte[] content() {
            return content;
        }

        AuthorityKey.Named key() {
            return key;
        }

        @Override
        public void close() {
            Arrays.fill(content, (byte) 0);
        }
    }

    Fresh fresh() throws PkiException {
        var content = PlainKey.make();
        try {
            var key = PlainKey.open(folder, content);
            var name = "authority-" + Digest.of(key.verifyKey().raw()).hex().substring(0, NAME_DIGITS) + ".key";
            return new Fresh(name, content, new AuthorityKey.Named(name, kept(name, key), this));
        } catch (SigningException e) {
            throw failed(e);
        }
    }

    /// Returns the key of a reference that somebody gives, opened.
    ///
    /// @param reference an absolute path, a `pkcs11:` URI or `transit:[MOUNT/]NAME@VERSION`
    AuthorityKey.Named given(String reference) throws PkiException {
        if (!REFERENCE.matcher(reference).matches()) {
            throw new PkiException("the reference to the authority's key is not of 1 to 1024 ASCII characters");
        }
        if (reference.startsWith("transit:") && !reference.matches(".*@[0-9]+")) {
            throw new PkiException("which version of the key? A certificate is of one key: " + reference + "@1");
        }
        return new AuthorityKey.Named(reference, spki(open(reference).verifyKey()), this);
    }

    /// Returns a key of the file of authorities, unopened.
    AuthorityKey.Named written(String reference, X509Certificate certificate) {
        return new AuthorityKey.Named(reference, certificate.getPublicKey(), this);
    }

    /// Requires that a key file, just written, holds the key.
    void demandWritten(AuthorityKey.Named key, Path written) throws PkiException {
        var content = PrivateFiles.read(written);
        try (var found = PlainKey.open(written, content)) {
            if (!spki(found.verifyKey()).equals(key.half())) {
                throw new PkiException("a key does not read back as it was written: " + written);
            }
        } catch (SigningException e) {
            throw failed(e);
        } finally {
            Arrays.fill(content, (byte) 0);
        }
    }

    /// Returns whether a reference names a key file that [#fresh] made; other keys are not this program's to remove.
    static boolean ownFile(String reference) {
        return OWN_FILE.matcher(reference).matches();
    }

    X509Certificate signed(AuthorityKey.Named key, X509v3CertificateBuilder builder) throws PkiException {
        var signing = fitting(key);
        try {
            return new JcaX509CertificateConverter().getCertificate(builder.build(new Signer(signing)));
        } catch (RuntimeOperatorException e) {
            if (e.getCause() instanceof SigningException cause) {
                throw failed(cause);
            }
            throw e;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK reads Ed25519 certificates", e);
        }
    }

    /// Requires that a key can be opened and is its certificate's.
    void demand(AuthorityKey.Named key) throws PkiException {
        var _ = fitting(key);
    }

    private SigningKey fitting(AuthorityKey.Named key) throws PkiException {
        var signing = open(key.reference());
        if (!spki(signing.verifyKey()).equals(key.half())) {
            signing = openAnew(key.reference(), signing); // an operator may have put the key of a next authority there
        }
        if (!spki(signing.verifyKey()).equals(key.half())) {
            throw new PkiException("the authority's key " + key.reference() + " is another one than its certificate's");
        }
        return signing;
    }

    private synchronized SigningKey openAnew(String reference, SigningKey before) throws PkiException {
        if (opened.remove(reference, before)) {
            before.close();
        }
        return open(reference);
    }

    private synchronized SigningKey open(String reference) throws PkiException {
        var present = opened.get(reference);
        if (present != null) {
            return present;
        }
        try {
            var key = ELSEWHERE.matcher(reference).matches()
                    ? SigningKeys.open(reference, NO_PASSPHRASE)
                    : KeyFile.read(ServiceCredentials.here().place(file(reference)), NO_PASSPHRASE);
            opened.put(reference, key);
            return key;
        } catch (SigningException e) {
            throw failed(e);
        }
    }

    private synchronized PublicKey kept(String reference, SigningKey key) {
        opened.put(reference, key);
        return spki(key.verifyKey());
    }

    /// Returns how the key of a reference is kept.
    KeptKey kept(String reference) {
        return ELSEWHERE.matcher(reference).matches() ? KeptKey.of(reference) : KeptKey.file(file(reference));
    }

    /// Returns the file that a reference names.
    private Path file(String reference) {
        return folder.resolve(reference);
    }

    /// Lets go of tokens. A key that signs afterwards is opened anew.
    @Override
    public synchronized void close() {
        opened.values().forEach(SigningKey::close);
        opened.clear();
    }

    private static PkiException failed(SigningException e) {
        return new PkiException("the authority's key cannot be used: " + e.getMessage() + " ("
                + e.reason().code() + ")");
    }

    private static PublicKey spki(VerifyKey key) {
        var raw = key.raw();
        var document = Arrays.copyOf(SPKI, SPKI.length + raw.length);
        System.arraycopy(raw, 0, document, SPKI.length, raw.length);
        try {
            return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(document));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has Ed25519", e);
        }
    }

    /// Signs what was written into it.
    private static final class Signer implements ContentSigner {
        private final SigningKey key;
        private final ByteArrayOutputStream content = new ByteArrayOutputStream();

        private Signer(SigningKey key) {
            this.key = key;
        }

        @Override
        public AlgorithmIdentifier getAlgorithmIdentifier() {
            return ED25519;
        }

        @Override
        public OutputStream getOutputStream() {
            return content;
        }

        @Override
        public byte[] getSignature() {
            try {
                return key.sign(content.toByteArray());
            } catch (SigningException e) {
                throw new RuntimeOperatorException("no signature", e);
            }
        }
    }
}
