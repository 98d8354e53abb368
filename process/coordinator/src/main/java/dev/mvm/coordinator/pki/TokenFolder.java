package dev.mvm.coordinator.pki;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/// The folder `fleet/tokens`: enrolment tokens that were not used yet, one file each, named by the token's id. Command
/// line and daemon share it. To remove a file is to use its token.
final class TokenFolder {
    private static final int WORDS = 5;

    private final Path folder;

    /// @param fleet the folder `fleet`
    TokenFolder(Path fleet) {
        this.folder = fleet.resolve("tokens");
    }

    /// The content of a file, which is less than the token.
    ///
    /// @param digest of the whole token, in hexadecimal
    /// @param enrolled the moment of the enrolment, for the certificate
    /// @param authority SHA-256 of the certificate that the token names, in hexadecimal
    record Kept(String digest, Peer node, Instant enrolled, Instant expires, String authority) {
        private String line() {
            return String.join(" ", digest, node.name(), enrolled.toString(), expires.toString(), authority) + "\n";
        }
    }

    void put(String id, Kept kept) throws PkiException {
        var file = folder.resolve(id);
        try {
            PrivateFiles.createParents(file);
            PrivateFiles.replace(file, kept.line().getBytes(US_ASCII), PrivateFiles.Check.none());
        } catch (IOException e) {
            throw new PkiException(file + " cannot be written", e);
        }
    }

    /// Returns the content of a token's file; empty if no file has this id, or the file is damaged.
    Optional<Kept> get(String id) throws PkiException {
        return read(folder.resolve(id));
    }

    private static Optional<Kept> read(Path file) throws PkiException {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        byte[] content;
        try {
            content = PrivateFiles.read(file);
        } catch (PkiException e) {
            if (!Files.exists(file)) {
                return Optional.empty(); // used meanwhile
            }
            throw e;
        }
        var words = new String(content, US_ASCII).strip().split(" ", -1);
        try {
            if (words.length == WORDS) {
                return Optional.of(new Kept(
                        words[0],
                        new Peer(CertificateRole.NODE, words[1]),
                        Instant.parse(words[2]),
                        Instant.parse(words[3]),
                        words[4]));
            }
        } catch (IllegalArgumentException | DateTimeException e) {
            // the same as a line of another length
        }
        return Optional.empty();
    }

    /// Removes a token. When this returns it is gone from the disk.
    ///
    /// @return whether this call has removed it; of several calls at once, one has
    boolean remove(String id) throws PkiException {
        return remove(folder.resolve(id));
    }

    private boolean remove(Path file) throws PkiException {
        try {
            Files.delete(file);
            PrivateFiles.sync(folder);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw new PkiException(file + " cannot be removed", e);
        }
    }

    /// Removes the tokens that have expired, and damaged files.
    void removeExpired(Instant now) throws PkiException {
        for (var file : files()) {
            if (read(file).filter(kept -> now.isBefore(kept.expires())).isEmpty()) {
                var _ = remove(file);
            }
        }
    }

    /// Returns the latest moment of an enrolment of a name by one of its tokens.
    Optional<Instant> enrolled(Peer node) throws PkiException {
        var found = new TreeSet<Instant>();
        for (var file : files()) {
            read(file).filter(kept -> kept.node().equals(node)).ifPresent(kept -> found.add(kept.enrolled()));
        }
        return found.isEmpty() ? Optional.empty() : Optional.of(found.last());
    }

    private List<Path> files() throws PkiException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        var out = new ArrayList<Path>();
        try (var found = Files.newDirectoryStream(folder, "[0-9a-f]*")) { // others are unfinished
            found.forEach(out::add);
            return out;
        } catch (IOException e) {
            throw new PkiException(folder + " cannot be read", e);
        }
    }
}
