package dev.mvm.coordinator.pki;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.model.Digest;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/// The list of issued certificates, one a line: serial number, name, expiry, and since certificates have
/// them, the moment of enrolment, the serial number of the authority, and the digest of the certificate. It
/// is read line by line, because a node that was taken over can make it as long as it likes.
final class IssuedList {
    private static final int WORDS = 6;
    private static final int OLD_WORDS = 3;

    private final Path file;

    IssuedList(Path file) {
        this.file = file;
    }

    /// A line of the list.
    ///
    /// @param enrolled empty in lines of earlier versions, as `authority` and `digest`
    private record Line(String name, Instant expires, Optional<Instant> enrolled, String authority, String digest) {
        static Optional<Line> of(String text) {
            var words = text.split(" ", -1);
            try {
                return switch (words.length) {
                    case WORDS ->
                        Optional.of(new Line(
                                words[1],
                                Instant.parse(words[2]),
                                Optional.of(Instant.parse(words[3])),
                                words[4],
                                words[5]));
                    case OLD_WORDS ->
                        Optional.of(new Line(words[1], Instant.parse(words[2]), Optional.empty(), "", ""));
                    default -> Optional.empty(); // torn by a crash: that certificate was never handed out
                };
            } catch (DateTimeException e) {
                return Optional.empty();
            }
        }
    }

    /// Does something with each line.
    @FunctionalInterface
    private interface Each {
        void line(Line line);
    }

    private void read(Each each) throws PkiException {
        try (BufferedReader lines = Files.newBufferedReader(file, US_ASCII)) {
            for (var text = lines.readLine(); text != null; text = lines.readLine()) {
                Line.of(text).ifPresent(each::line);
            }
        } catch (IOException e) {
            throw new PkiException(file + " cannot be read", e);
        }
    }

    void add(Peer peer, X509Certificate certificate, Instant enrolled, Authority by) throws PkiException {
        try {
            PrivateFiles.append(
                    file,
                    String.join(
                            " ",
                            Certificates.serial(certificate),
                            peer.toString(),
                            certificate.getNotAfter().toInstant().toString(),
                            enrolled.toString(),
                            Certificates.serial(by.certificate()),
                            digest(certificate)));
        } catch (IOException e) {
            throw new PkiException(file + " cannot be written", e);
        }
    }

    private static String digest(X509Certificate certificate) {
        try {
            return Digest.of(certificate.getEncoded()).toString();
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate has an encoding", e);
        }
    }

    /// Returns the latest moment at which a name was enrolled; the beginning of time if it is only in lines
    /// of earlier versions. Empty if it never had a certificate.
    Optional<Instant> enrolled(Peer peer) throws PkiException {
        var found = new TreeSet<Instant>();
        read(line -> {
            if (line.name().equals(peer.toString())) {
                found.add(line.enrolled().orElse(Instant.EPOCH));
            }
        });
        return found.isEmpty() ? Optional.empty() : Optional.of(found.last());
    }

    /// The certificate that was issued last to a name.
    ///
    /// @param enrolled the beginning of time in lines of earlier versions
    /// @param authority serial number of the authority; empty in lines of earlier versions
    record Last(Instant expires, Instant enrolled, String authority) {}

    /// Returns the certificate that was issued last to each name of a role, by name without the role.
    SortedMap<String, Last> last(CertificateRole role) throws PkiException {
        var prefix = role.word() + "/";
        var found = new TreeMap<String, Last>();
        read(line -> {
            if (line.name().startsWith(prefix)) {
                found.put(
                        line.name().substring(prefix.length()),
                        new Last(line.expires(), line.enrolled().orElse(Instant.EPOCH), line.authority()));
            }
        });
        return found;
    }

    /// Returns whether a certificate is on the list, byte for byte.
    boolean holds(X509Certificate certificate) throws PkiException {
        var found = new HashSet<String>();
        var wanted = digest(certificate);
        read(line -> {
            if (line.digest().equals(wanted)) {
                found.add(wanted);
            }
        });
        return !found.isEmpty();
    }

    /// Returns the names that have certificates of one authority and none of another.
    ///
    /// @param revoked moments up to which names are revoked
    Set<String> left(Authority behind, Authority staying, RevokedList revoked, Instant now) throws PkiException {
        var latest = new TreeMap<String, Set<String>>();
        read(line -> {
            if (line.expires().isAfter(now)
                    && !revoked.names(line.name(), line.enrolled().orElse(Instant.EPOCH))) {
                latest.computeIfAbsent(line.name(), _ -> new HashSet<>()).add(line.authority());
            }
        });
        var old = Certificates.serial(behind.certificate());
        var next = Certificates.serial(staying.certificate());
        var left = new TreeSet<String>();
        latest.forEach((name, authorities) -> {
            if (!authorities.contains(next) && (authorities.contains(old) || authorities.contains(""))) {
                left.add(name);
            }
        });
        return left;
    }
}
