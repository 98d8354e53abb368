package dev.mvm.hostd.artefact;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.host.ArtefactException;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.policy.Refusal;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.FileStatus;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.model.Digest;
import java.lang.foreign.Arena;
import java.security.MessageDigest;
import java.util.Optional;

/// Files named by their digest in a directory of root's. What is not there yet is taken from the spool, where the
/// agent puts it: copied first, and believed only after the copy has the right digest.
///
/// Thread-safe.
public final class ArtefactStore {
    private static final int PIECE = 1 << 20;
    private static final int READ_ONLY = 0444;
    private static final String UNFINISHED = ".import";
    private static final long MAX_BYTES = 16L << 30;

    private final Directory own;
    private final Directory spool;

    /// Both directories stay their owner's, and open.
    ///
    /// @param own root's, where only root can write
    /// @param spool the agent's: everything in it is hostile
    public ArtefactStore(Directory own, Directory spool) {
        this.own = own;
        this.spool = spool;
    }

    /// Opens the artefact read-only after reading every byte of it. The caller owns the descriptor.
    ///
    /// @throws ArtefactException if it is nowhere, or has other bytes than its digest says
    @MustBeClosed
    public synchronized Fd open(Digest digest) throws ArtefactException, StepException {
        try {
            var found = find(own, digest);
            if (found.isEmpty()) {
                take(digest);
                found = find(own, digest);
            }
            try (var fd = found.orElseThrow()) {
                if (!hash(fd, Optional.empty()).equals(digest)) {
                    throw new ArtefactException(Refusal.ARTEFACT_DIFFERS, digest + " has been altered on this node");
                }
            }
            return own.openBeneath(digest.hex());
        } catch (ErrnoException e) {
            throw new StepException("artefact", e);
        }
    }

    private void take(Digest digest) throws ArtefactException, ErrnoException {
        var offered = find(spool, digest);
        if (offered.isEmpty()) {
            throw new ArtefactException(Refusal.ARTEFACT_MISSING, digest + " is not on this node");
        }
        own.remove(UNFINISHED);
        try (var from = offered.get();
                var to = own.createBeneath(UNFINISHED, READ_ONLY, OpenFlag.WRITE_ONLY)) {
            if (!hash(from, Optional.of(to)).equals(digest)) {
                own.remove(UNFINISHED);
                throw new ArtefactException(
                        Refusal.ARTEFACT_DIFFERS, "what the spool has as " + digest + " is something else");
            }
            to.sync();
        }
        own.rename(UNFINISHED, digest.hex());
        own.sync();
    }

    private static Optional<Fd> find(Directory directory, Digest digest) throws ErrnoException {
        try (var fd = directory.openBeneath(digest.hex(), OpenFlag.NON_BLOCKING)) {
            boolean usable =
                    fd.status().kind() == FileStatus.Kind.REGULAR && fd.status().size() <= MAX_BYTES;
            return usable ? Optional.of(fd.move()) : Optional.empty();
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ELOOP || e.errno() == Errno.EXDEV) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /// Reads `from` to its end, writing what is read to `to`. A file that grows meanwhile is read no further than its
    /// size was: a writer that appends to it must not fill this node's disk.
    private static Digest hash(Fd from, Optional<Fd> to) throws ErrnoException {
        MessageDigest digest = Digest.sha256();
        try (var arena = Arena.ofConfined()) {
            var piece = arena.allocate(PIECE);
            long left = from.status().size();
            for (int read = from.read(piece); read > 0 && left > 0; read = from.read(piece)) {
                left -= read;
                digest.update(piece.asSlice(0, read).asByteBuffer());
                if (to.isPresent()) {
                    to.get().writeAll(piece.asSlice(0, read));
                }
            }
        }
        return Digest.ofHash(digest.digest());
    }
}
