package dev.mvm.cli.command;

import dev.mvm.cli.api.Settings;
import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.crypto.sign.WholeFile;
import dev.mvm.model.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/// A fleet in dev mode whose parts are on this machine: the operators' key for grants, and the spool of its node.
final class FleetAtHand {
    private static final String READ_ONLY = "r--r--r--";

    private final Path key;
    private final Path spool;

    private FleetAtHand(Path key, Path spool) {
        this.key = key;
        this.spool = spool;
    }

    /// Returns the fleet, if the settings name both its key and its spool.
    static Optional<FleetAtHand> of(Settings settings) {
        return settings.grantKey().flatMap(key -> settings.spool().map(spool -> new FleetAtHand(key, spool)));
    }

    /// Opens the key for grants, to sign what follows one.
    ///
    /// @throws Failure if it has not signed the grant in force: then the coordinator would choose what the next one
    ///     rests on
    SigningKey keyFor(TenantGrant before) throws Failure {
        var opened = DocumentFiles.key(key.toString());
        if (!before.isSignedBy(opened.verifyKey())) {
            throw new Failure("the key at hand has not signed the grant of "
                    + before.document().grant().tenant()
                    + " that is in force, so it does not sign the next one; compare: mvm grant get");
        }
        return opened;
    }

    /// Puts an artefact into the spool; no-op if it is there. The node compares it with its digest.
    void offer(Digest digest, byte[] content) throws Failure {
        offer(digest, out -> out.write(content));
    }

    /// Puts a file into the spool; no-op if it is there.
    void offer(Digest digest, Path file) throws Failure {
        offer(digest, out -> Files.copy(file, out));
    }

    /// Writes an artefact.
    private interface Content {
        void to(OutputStream out) throws IOException;
    }

    private void offer(Digest digest, Content content) throws Failure {
        var target = spool.resolve(digest.value().substring(digest.value().indexOf(':') + 1));
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        var written = WholeFile.unfinished(target);
        try {
            try {
                write(written, content);
                WholeFile.<IOException>adopt(written, target, file -> {
                    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(READ_ONLY));
                });
            } finally {
                Files.deleteIfExists(written);
            }
        } catch (FileAlreadyExistsException _) { // somebody else has put it there meanwhile
        } catch (IOException e) {
            throw new Failure("cannot write to the node's spool, " + spool + ": " + e.getMessage());
        }
    }

    /// Writes a file with a mode of its own: that of a file in the store lets its owner write nothing.
    private static void write(Path file, Content content) throws IOException {
        try (var out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)) {
            content.to(out);
        }
    }
}
