package dev.mvm.coordinator.pki;

import java.security.PublicKey;
import java.security.cert.X509Certificate;
import org.bouncycastle.cert.X509v3CertificateBuilder;

/// The key of an authority, as the file of authorities has it.
sealed interface AuthorityKey {
    /// Signs a certificate.
    ///
    /// @throws PkiException if the key cannot be used now
    X509Certificate signed(X509v3CertificateBuilder builder) throws PkiException;

    /// Requires that the key can be opened and is the certificate's.
    void demand() throws PkiException;

    /// Returns what stands before the authority's certificate in the file.
    String text() throws PkiException;

    /// A key that is kept elsewhere: in a file of its own, in a token, behind Vault's or OpenBao's Transit.
    ///
    /// @param reference as the file of authorities has it
    /// @param half the public half
    record Named(String reference, PublicKey half, AuthorityKeys keys) implements AuthorityKey {
        static final String WORD = "key: ";

        @Override
        public X509Certificate signed(X509v3CertificateBuilder builder) throws PkiException {
            return keys.signed(this, builder);
        }

        @Override
        public void demand() throws PkiException {
            keys.demand(this);
        }

        @Override
        public String text() {
            return WORD + reference + "\n";
        }
    }

    /// A P-256 key that is in the file of authorities itself, as earlier versions made them. It is read for each
    /// signature; what the JDK makes of it stays on the heap until it is collected.
    ///
    /// @param file of authorities
    /// @param certificate the authority's
    record Inline(AuthorityFile file, X509Certificate certificate) implements AuthorityKey {
        @Override
        public X509Certificate signed(X509v3CertificateBuilder builder) throws PkiException {
            return P256Signer.signed(builder, file.inline(certificate).key());
        }

        @Override
        public void demand() throws PkiException {
            if (!file.inline(certificate).fits()) {
                throw new PkiException("the key of "
                        + certificate.getSubjectX500Principal().getName() + " is another one than its certificate's");
            }
        }

        @Override
        public String text() throws PkiException {
            return file.inlineText(certificate);
        }
    }
}
