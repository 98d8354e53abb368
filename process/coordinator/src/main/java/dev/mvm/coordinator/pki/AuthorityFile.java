package dev.mvm.coordinator.pki;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// The file with a fleet's authorities, the issuing one first: of each a line `key: REFERENCE` and its certificate. In
/// place of the line an authority of an earlier version has its key.
public final class AuthorityFile {
    private static final Pattern PART = Pattern.compile(
            "^key: (?<reference>[!-~][ -~]{0,1023})$|-----BEGIN (?<label>PRIVATE KEY|CERTIFICATE)-----[^-]*-----END"
                    + " \\k<label>-----$",
            Pattern.MULTILINE);
    private static final int MOST = 2;

    private final Path file;
    private final AuthorityKeys keys;

    AuthorityFile(Path file, AuthorityKeys keys) {
        this.file = file;
        this.keys = keys;
    }

    AuthorityKeys keys() {
        return keys;
    }

    String stamp() throws PkiException {
        return PrivateFiles.stamp(file);
    }

    Authorities read() throws PkiException {
        if (!Files.exists(keys.folder())) {
            throw new PkiException("there is no fleet in " + keys.folder() + ": run mvm-coordinator init first");
        }
        return read(file);
    }

    /// Reads the authorities of a file that is not in its place yet.
    private Authorities read(Path place) throws PkiException {
        var text = new String(PrivateFiles.read(place), US_ASCII);
        var found = new ArrayList<Authority>();
        var parts = PART.matcher(text);
        var reference = ""; // of the certificate that follows
        boolean inline = false;
        while (parts.find()) {
            if (parts.group("reference") != null) {
                reference = parts.group("reference");
                inline = false;
            } else if (parts.group("label").equals("PRIVATE KEY")) {
                reference = "";
                inline = true;
            } else if (inline || !reference.isEmpty()) {
                var certificate = PemText.certificates(parts.group().getBytes(US_ASCII), place.toString())
                        .getFirst();
                found.add(new Authority(
                        certificate,
                        inline ? new AuthorityKey.Inline(this, certificate) : keys.written(reference, certificate)));
                reference = "";
                inline = false;
            }
        }
        if (found.isEmpty() || found.size() > MOST) {
            throw new PkiException(place + " does not hold one or two certificate authorities with their keys");
        }
        return new Authorities(found.getFirst(), found.stream().skip(1).findFirst());
    }

    /// Makes an authority that is not in the file yet; its key is on the disk when this returns.
    ///
    /// @param key reference to its key; empty for a new one in a file beside this one
    Authority made(Optional<String> key, Instant now) throws PkiException {
        if (key.isPresent()) {
            return Authority.create(keys.given(key.get()), now);
        }
        try (var fresh = keys.fresh()) {
            var place = file.resolveSibling(fresh.name());
            PrivateFiles.create(place, fresh.content());
            keys.demandWritten(fresh.key(), place);
            return Authority.create(fresh.key(), now);
        } catch (IOException e) {
            throw new PkiException("a key file for the authority cannot be written beside " + file, e);
        }
    }

    /// Requires that every trusted authority can sign.
    public void demandKeys() throws PkiException {
        read().demandKeys();
    }

    /// Returns how the keys of the authorities are kept.
    public List<KeptKey> kept() throws PkiException {
        return read().all()
                .map(authority -> switch (authority.key()) {
                    case AuthorityKey.Named named -> keys.kept(named.reference());
                    case AuthorityKey.Inline _ -> new KeptKey(KeptKey.Kind.INLINE, file.toString());
                })
                .toList();
    }

    /// Replaces the authorities, and removes the key files that this program has made for those that are dropped.
    void put(Authorities next) throws PkiException {
        var before = files(read());
        try {
            PrivateFiles.replace(file, text(next), written -> demand(written, next));
            before.removeAll(files(read())); // read anew: another command may have replaced the file since
            for (var dropped : before) {
                Files.deleteIfExists(file.resolveSibling(dropped));
            }
        } catch (IOException e) {
            throw new PkiException(file + " cannot be replaced", e);
        }
    }

    private static Set<String> files(Authorities authorities) {
        var out = new HashSet<String>();
        authorities.all().forEach(authority -> {
            if (authority.key() instanceof AuthorityKey.Named named && AuthorityKeys.ownFile(named.reference())) {
                out.add(named.reference());
            }
        });
        return out;
    }

    static byte[] text(Authorities authorities) throws PkiException {
        var out = new StringBuilder();
        for (var authority : authorities.all().toList()) {
            out.append(authority.key().text());
            out.append(new String(PemText.of(List.of(authority.certificate())), US_ASCII));
        }
        return out.toString().getBytes(US_ASCII);
    }

    /// Requires that a file just written holds these authorities.
    void demand(Path written, Authorities meant) throws PkiException {
        var found = read(written);
        var whole = new AuthorityFile(written, keys);
        boolean same = found.trusted().equals(meant.trusted());
        for (int i = 0; same && i < meant.trusted().size(); i++) {
            var one = meant.all().toList().get(i);
            var back = found.all().toList().get(i).key();
            same = switch (one.key()) {
                case AuthorityKey.Named named ->
                    back instanceof AuthorityKey.Named read && read.reference().equals(named.reference());
                case AuthorityKey.Inline _ -> whole.inline(one.certificate()).fits();
            };
        }
        if (!same) {
            throw new PkiException("an authority does not read back as it was written: " + written);
        }
    }

    /// Returns the authority of an earlier version with its key, read anew.
    ServerCredential inline(X509Certificate certificate) throws PkiException {
        for (var credential : PemText.credentials(PrivateFiles.read(file), file.toString())) {
            if (credential.certificate().equals(certificate)) {
                return credential;
            }
        }
        throw new PkiException(file + " has no key of the authority "
                + certificate.getSubjectX500Principal().getName() + " any longer");
    }

    String inlineText(X509Certificate certificate) throws PkiException {
        return new String(PemText.of(inline(certificate).key()), US_ASCII);
    }
}
