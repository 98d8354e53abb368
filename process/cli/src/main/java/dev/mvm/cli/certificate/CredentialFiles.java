package dev.mvm.cli.certificate;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.cli.failure.Failure;
import dev.mvm.crypto.sign.WholeFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// The files of a credential in its directory: `key.pem` (PKCS #8), `cert.pem` with the operator's certificate first,
/// `ca.pem`, and `request.pem` until there is a certificate. They are for their owner only.
public final class CredentialFiles {
    private static final String MODE = "rw-------";
    private static final String KEY = "key.pem";
    private static final String REQUEST = "request.pem";
    private static final String CERTIFICATE = "cert.pem";
    private static final String AUTHORITY = "ca.pem";
    private static final String KEY_LABEL = "PRIVATE KEY";
    private static final String REQUEST_LABEL = "CERTIFICATE REQUEST";
    private static final String CERTIFICATE_LABEL = "CERTIFICATE";
    private static final int MAX_BYTES = 64 * 1024;

    private CredentialFiles() {}

    /// Makes a key, and a request for a certificate for it, in a directory that is made if it is absent.
    ///
    /// @return the file of the request
    /// @throws Failure if one of the files exists
    public static Path newKey(String name, Path directory) throws Failure, IOException {
        var pair = CertificateRequest.newKeyPair();
        try {
            var request = CertificateRequest.of(name, pair.getPublic(), pair.getPrivate());
            makeDirectory(directory);
            create(directory.resolve(KEY), block(KEY_LABEL, pair.getPrivate().getEncoded()));
            create(directory.resolve(REQUEST), block(REQUEST_LABEL, request));
            return directory.resolve(REQUEST);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK signs with P-256", e);
        }
    }

    /// Returns the request in a file, in DER.
    public static byte[] request(Path file) throws Failure {
        var blocks = blocks(read(file), REQUEST_LABEL);
        if (blocks.size() != 1) {
            throw new Failure("no certificate request in " + file + " (mvm operator request makes one)");
        }
        return blocks.getFirst();
    }

    /// Requires that a directory has no certificate yet.
    ///
    /// @throws Failure if it has one
    public static void requireNoCertificate(Path directory) throws Failure {
        for (var name : List.of(CERTIFICATE, AUTHORITY)) {
            if (Files.exists(directory.resolve(name))) {
                throw new Failure("file exists, not overwritten: " + directory.resolve(name));
            }
        }
    }

    /// Writes `cert.pem` and `ca.pem` into a directory that is made if it is absent.
    ///
    /// @param chain the operator's certificate and that of its authority, in DER
    /// @param authorities the authorities that the fleet trusts, in DER
    public static void writeNew(Path directory, List<byte[]> chain, List<byte[]> authorities)
            throws Failure, IOException {
        var _ = certificates(chain);
        var _ = certificates(authorities);
        makeDirectory(directory);
        create(directory.resolve(CERTIFICATE), text(chain));
        create(directory.resolve(AUTHORITY), text(authorities));
    }

    /// Replaces `ca.pem` and `cert.pem` of a credential.
    ///
    /// @param chain a new certificate for its key and that of its authority, in DER
    /// @param authorities the authorities that the fleet trusts, in DER
    /// @throws Failure if the certificate is for another key, and nothing is changed then
    public static void renew(Path directory, List<byte[]> chain, List<byte[]> authorities) throws Failure, IOException {
        var _ = certificates(authorities);
        var next = certificates(chain).getFirst();
        if (!next.getPublicKey().equals(certificate(directory).getPublicKey())) {
            throw new Failure("the coordinator has issued a certificate for another key; nothing is changed");
        }
        WholeFile.replace(directory.resolve(AUTHORITY), text(authorities).getBytes(US_ASCII), MODE, _ -> {});
        WholeFile.replace(directory.resolve(CERTIFICATE), text(chain).getBytes(US_ASCII), MODE, _ -> {});
    }

    /// Returns the operator's certificate in a credential.
    public static X509Certificate certificate(Path directory) throws Failure {
        return certificates(blocks(read(directory.resolve(CERTIFICATE)), CERTIFICATE_LABEL))
                .getFirst();
    }

    /// Returns the key of a credential, with the public half of its certificate.
    public static KeyPair keyPair(Path directory) throws Failure {
        var file = directory.resolve(KEY);
        var blocks = blocks(read(file), KEY_LABEL);
        try {
            if (blocks.size() == 1) {
                var own = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(blocks.getFirst()));
                var key = certificate(directory).getPublicKey();
                if (fits(own, key)) {
                    return new KeyPair(key, own);
                }
            }
        } catch (GeneralSecurityException e) {
            throw new Failure("no private key on P-256 in " + file);
        }
        throw new Failure("the key in " + file + " is not that of the certificate beside it");
    }

    private static boolean fits(PrivateKey own, PublicKey key) throws GeneralSecurityException {
        var probe = new byte[] {1};
        var signing = Signature.getInstance("SHA256withECDSA");
        signing.initSign(own);
        signing.update(probe);
        var verifying = Signature.getInstance("SHA256withECDSA");
        verifying.initVerify(key);
        verifying.update(probe);
        return verifying.verify(signing.sign());
    }

    private static List<X509Certificate> certificates(List<byte[]> chain) throws Failure {
        var out = new ArrayList<X509Certificate>();
        try {
            var factory = CertificateFactory.getInstance("X.509");
            for (var certificate : chain) {
                out.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(certificate)));
            }
        } catch (GeneralSecurityException e) {
            throw new Failure("not a certificate");
        }
        if (out.isEmpty()) {
            throw new Failure("no certificate");
        }
        return out;
    }

    private static void makeDirectory(Path directory) throws IOException {
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    private static void create(Path file, String text) throws Failure, IOException {
        try {
            WholeFile.create(file, text.getBytes(US_ASCII), MODE, _ -> {});
        } catch (FileAlreadyExistsException e) {
            throw new Failure("file exists, not overwritten: " + file);
        }
    }

    private static byte[] read(Path file) throws Failure {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new Failure("too large for a key or certificate: " + file);
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new Failure("no such file: " + file);
        } catch (IOException e) {
            throw new Failure("cannot read " + file);
        }
    }

    private static String text(List<byte[]> certificates) {
        var out = new StringBuilder();
        certificates.forEach(certificate -> out.append(block(CERTIFICATE_LABEL, certificate)));
        return out.toString();
    }

    private static String block(String label, byte[] content) {
        var body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    }

    private static List<byte[]> blocks(byte[] text, String label) throws Failure {
        var begin = "-----BEGIN " + label + "-----";
        var end = "-----END " + label + "-----";
        var all = new String(text, US_ASCII);
        var out = new ArrayList<byte[]>();
        int from = all.indexOf(begin);
        while (from >= 0) {
            int to = all.indexOf(end, from);
            if (to < 0) {
                throw new Failure("a block " + label + " without its end");
            }
            try {
                out.add(Base64.getMimeDecoder().decode(all.substring(from + begin.length(), to)));
            } catch (IllegalArgumentException e) {
                throw new Failure("a block " + label + " that is not Base64");
            }
            from = all.indexOf(begin, to);
        }
        return out;
    }
}
