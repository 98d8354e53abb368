package dev.mvm.hostd.files;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import java.io.IOException;

/// Room on a disk that is kept for taking things away: files of zeros, one of which goes when the disk is full
/// and it must be written down that something is gone.
///
/// Thread-safe.
public final class Reserve {
    /// Files; together 8 MiB.
    public static final int PIECES = 32;

    private static final int PIECE_SIZE = 256 << 10;

    /// Somebody else may take the room first, so there is more than one try; and not as many as would leave
    /// nothing.
    private static final int PIECES_AT_ONCE = 4;

    private static final int MOST_FILES = 1000;
    private static final int OWNER_ONLY = 0600;

    private final Directory directory;

    /// @param directory on that disk, for nothing else; it stays its owner's
    public Reserve(Directory directory) {
        this.directory = directory;
    }

    /// A write to the disk.
    @FunctionalInterface
    public interface Write {
        void run() throws IOException;
    }

    /// Does `write`, again and with less of a reserve if the disk is full.
    public void spend(Write write) throws IOException {
        for (int pieces = 0; ; pieces++) {
            try {
                write.run();
                return;
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ENOSPC || pieces == PIECES_AT_ONCE || !giveUp()) {
                    throw e;
                }
            }
        }
    }

    private synchronized boolean giveUp() throws ErrnoException {
        var piece = directory.names(MOST_FILES).stream().findFirst();
        if (piece.isPresent()) {
            directory.remove(piece.get());
            directory.sync(); // some file systems have the room only then
        }
        return piece.isPresent();
    }

    /// Makes the pieces that are missing, as far as there is room.
    public synchronized void fill() throws IOException {
        try {
            var names = directory.names(MOST_FILES);
            for (int piece = 0; piece < PIECES; piece++) {
                if (!names.contains(Integer.toString(piece))) {
                    directory.replace(Integer.toString(piece), new byte[PIECE_SIZE], OWNER_ONLY);
                }
            }
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOSPC) {
                throw e;
            }
        }
    }
}
