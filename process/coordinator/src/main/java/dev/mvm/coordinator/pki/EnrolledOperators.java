package dev.mvm.coordinator.pki;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The operators that were enrolled and revoked on the coordinator's own machine, in the file `operators` of the
/// fleet's folder. Who can write there is not bound by roles, so these operators are admins: without a first one no
/// other could be added.
///
/// In a fleet from before this file, these are all operators that ever had a certificate.
public final class EnrolledOperators {
    private static final String FILE = "operators";
    private static final String ENROLLED = "enrolled";
    private static final String REVOKED = "revoked";
    private static final int WORDS = 3;

    private final Path file;
    private final Path issued;

    EnrolledOperators(Path fleet) {
        this.file = fleet.resolve(FILE);
        this.issued = fleet.resolve("issued");
    }

    /// The newest line about an operator.
    ///
    /// @param revoked whether it was revoked at that time; otherwise it was enrolled
    public record Enrolment(String name, boolean revoked, Instant at) {}

    /// Records that an operator was enrolled.
    public void enrolled(String name, Instant at) throws PkiException {
        add(name, ENROLLED, at);
    }

    /// Records that an operator was revoked.
    public void revoked(String name, Instant at) throws PkiException {
        add(name, REVOKED, at);
    }

    private void add(String name, String word, Instant at) throws PkiException {
        makeIfMissing(at);
        try {
            PrivateFiles.append(file, name + " " + word + " " + at);
        } catch (IOException e) {
            throw new PkiException(file + " cannot be written", e);
        }
    }

    /// Makes the file of a fleet from before it; no-op if it is there.
    public void makeIfMissing(Instant now) throws PkiException {
        if (Files.exists(file)) {
            return;
        }
        var lines = new StringBuilder();
        for (var name : expiries().keySet()) {
            lines.append(name + " " + ENROLLED + " " + now + "\n");
        }
        try {
            PrivateFiles.create(file, lines.toString().getBytes(US_ASCII));
        } catch (FileAlreadyExistsException e) {
            // another process has made it meanwhile, of the same list
        } catch (IOException e) {
            throw new PkiException(file + " cannot be written", e);
        }
    }

    /// Returns the newest line of each operator, by name.
    public Map<String, Enrolment> newest() throws PkiException {
        var out = new LinkedHashMap<String, Enrolment>();
        var lines = new String(PrivateFiles.read(file), US_ASCII).lines().toList();
        for (var line : lines) {
            enrolment(line.split(" ", -1))
                    .ifPresent(found -> out.merge(
                            found.name(), found, (before, now) -> now.at().isBefore(before.at()) ? before : now));
        }
        return out;
    }

    private static Optional<Enrolment> enrolment(String[] words) {
        if (words.length != WORDS || !(words[1].equals(ENROLLED) || words[1].equals(REVOKED))) {
            return Optional.empty();
        }
        return time(words[2]).map(at -> new Enrolment(words[0], words[1].equals(REVOKED), at));
    }

    /// Returns when the last certificate of each operator ends that ever had one, revoked or not, by name.
    public Map<String, Instant> expiries() throws PkiException {
        var prefix = CertificateRole.OPERATOR.word() + "/";
        var out = new HashMap<String, Instant>();
        // line by line, because a node that was taken over can make it as long as it likes
        try (var lines = Files.newBufferedReader(issued, US_ASCII)) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                var words = line.split(" ", -1);
                if (words.length >= WORDS && words[1].startsWith(prefix)) {
                    var name = words[1].substring(prefix.length());
                    time(words[2]).ifPresent(end -> out.merge(name, end, (a, b) -> a.isAfter(b) ? a : b));
                }
            }
            return out;
        } catch (IOException e) {
            throw new PkiException(issued + " cannot be read", e);
        }
    }

    private static Optional<Instant> time(String text) {
        try {
            return Optional.of(Instant.parse(text));
        } catch (DateTimeException e) {
            return Optional.empty(); // a line that a crash has cut
        }
    }

    /// Returns a text that differs after every change of the file.
    public String stamp() throws PkiException {
        try {
            return Files.getLastModifiedTime(file) + " " + Files.size(file);
        } catch (IOException e) {
            throw new PkiException(file + " cannot be read", e);
        }
    }
}
