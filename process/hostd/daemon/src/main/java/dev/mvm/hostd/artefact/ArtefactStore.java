package dev.mvm.hostd.artefact;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.host.ArtefactException;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.policy.Refusal;
import dev.mvm.json.JsonException;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.FileStatus;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.Revision;
import java.lang.foreign.Arena;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Files named by their digest in a directory of root's. What is not there yet is taken from the spool, where the
/// agent puts it: copied first, and believed only after the copy has the right digest.
///
/// Thread-safe.
public final class ArtefactStore {
    private static final int PIECE = 1 << 20;
    private static final int READ_ONLY = 0444;
    private static final String UNFINISHED = ".import";

    /// Most bytes of a kernel or an initramfs. Those of Debian have less than a tenth of it.
    private static final long MAX_RUNTIME_BYTES = 512L << 20;

    /// Most bytes of an image, as mvm image makes them.
    private static final long MAX_IMAGE_BYTES = 16L << 30;

    private final Directory own;
    private final Directory spool;
    private final Map<Digest, Object> taking = new ConcurrentHashMap<>();

    /// Both directories stay their owner's, and open. What a killed process has left unfinished is removed.
    ///
    /// @param own root's, where only root can write
    /// @param spool the agent's: everything in it is hostile
    public ArtefactStore(Directory own, Directory spool) throws ErrnoException {
        this.own = own;
        this.spool = spool;
        for (var name : own.names(Integer.MAX_VALUE)) {
            if (name.endsWith(UNFINISHED)) {
                own.remove(name);
            }
        }
    }

    /// Opens a kernel or an initramfs read-only after reading every byte of it. The caller owns the descriptor.
    ///
    /// @throws ArtefactException if it is nowhere, has more than 512 MiB, or has other bytes than its digest says
    @MustBeClosed
    public Fd open(Digest digest) throws ArtefactException, StepException {
        return open(digest, MAX_RUNTIME_BYTES);
    }

    @MustBeClosed
    private Fd open(Digest digest, long most) throws ArtefactException, StepException {
        try (var fd = copy(digest, most)) {
            if (!hash(fd, Optional.empty(), most).equals(digest)) {
                throw new ArtefactException(Refusal.ARTEFACT_DIFFERS, digest + " has been altered on this node");
            }
            return own.openBeneath(digest.hex());
        } catch (ErrnoException e) {
            throw new StepException("artefact", e);
        }
    }

    /// Reads a revision.
    ///
    /// @throws ArtefactException as [#open], and `revision_malformed` if it is no revision
    public Revision revision(Digest digest) throws ArtefactException, StepException {
        try (var fd = open(digest, Revision.MAX_BYTES);
                var arena = Arena.ofConfined()) {
            var document = arena.allocate(Revision.MAX_BYTES + 1L);
            int size = fd.read(document);
            return Revision.parse(document.asSlice(0, size).toArray(JAVA_BYTE));
        } catch (JsonException e) {
            throw new ArtefactException(Refusal.REVISION_MALFORMED, digest + " is no revision: " + e.getMessage());
        } catch (ErrnoException e) {
            throw new StepException("artefact", e);
        }
    }

    /// Opens an image read-only. Its bytes are compared with its digest when it is taken, and not again: the guest
    /// compares each block that it reads with the image's tree, and an image has gigabytes.
    ///
    /// @throws ArtefactException as [#open], and if it has another length than the revision says
    @MustBeClosed
    public Fd image(Revision.Image image) throws ArtefactException, StepException {
        try (var fd = copy(image.file(), Math.min(image.bytes(), MAX_IMAGE_BYTES))) {
            if (fd.status().size() != image.bytes()) {
                throw new ArtefactException(
                        Refusal.ARTEFACT_DIFFERS, image.file() + " has not " + image.bytes() + " bytes");
            }
            return fd.move();
        } catch (ErrnoException e) {
            throw new StepException("artefact", e);
        }
    }

    /// Opens root's copy. If root has no copy, this makes one from the spool, of `most` bytes at most. Threads wait for
    /// each other only if they open the same artefact: to copy an image takes long.
    @MustBeClosed
    private Fd copy(Digest digest, long most) throws ArtefactException, ErrnoException {
        synchronized (taking.computeIfAbsent(digest, _ -> new Object())) {
            var found = find(own, digest);
            if (found.isEmpty()) {
                take(digest, most);
                found = find(own, digest);
            }
            return found.orElseThrow();
        }
    }

    private void take(Digest digest, long most) throws ArtefactException, ErrnoException {
        var offered = find(spool, digest);
        if (offered.isEmpty()) {
            throw new ArtefactException(Refusal.ARTEFACT_MISSING, digest + " is not on this node");
        }
        var unfinished = digest.hex() + UNFINISHED;
        own.remove(unfinished);
        try (var from = offered.get();
                var to = own.createBeneath(unfinished, READ_ONLY, OpenFlag.WRITE_ONLY)) {
            if (from.status().size() > most
                    || !hash(from, Optional.of(to), most).equals(digest)) {
                own.remove(unfinished);
                throw new ArtefactException(
                        Refusal.ARTEFACT_DIFFERS,
                        "what the spool has as " + digest + " is something else, or has more than " + most + " bytes");
            }
            to.sync();
        }
        own.rename(unfinished, digest.hex());
        own.sync();
    }

    private static Optional<Fd> find(Directory directory, Digest digest) throws ErrnoException {
        try (var fd = directory.openBeneath(digest.hex(), OpenFlag.NON_BLOCKING)) {
            return fd.status().kind() == FileStatus.Kind.REGULAR ? Optional.of(fd.move()) : Optional.empty();
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ELOOP || e.errno() == Errno.EXDEV) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /// Reads `from` to its end, writing what is read to `to`, and no more than `most` bytes: somebody who appends to
    /// the file meanwhile does not fill this node's disk.
    private static Digest hash(Fd from, Optional<Fd> to, long most) throws ErrnoException {
        MessageDigest digest = Digest.sha256();
        try (var arena = Arena.ofConfined()) {
            var piece = arena.allocate(PIECE);
            long left = most;
            while (left > 0) {
                int read = from.read(piece.asSlice(0, Math.min(PIECE, left)));
                if (read <= 0) {
                    break;
                }
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
