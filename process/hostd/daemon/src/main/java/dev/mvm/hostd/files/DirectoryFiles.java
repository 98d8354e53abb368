package dev.mvm.hostd.files;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Map;
import java.util.TreeMap;

/// State files in an open directory of root's.
public final class DirectoryFiles implements StateFiles {
    private static final int OWNER_ONLY = 0600;
    private static final int MAX_FILES = 100_000;
    private static final int MAX_BYTES = 2 << 20;

    private final Directory directory;

    /// @param directory stays its owner's, and open
    public DirectoryFiles(Directory directory) {
        this.directory = directory;
    }

    /// Names that begin with a dot are unfinished writes of a former process.
    @Override
    public synchronized Map<String, byte[]> all() throws IOException {
        var out = new TreeMap<String, byte[]>();
        for (var name : directory.names(MAX_FILES)) {
            if (name.startsWith(".")) {
                directory.remove(name);
            } else {
                out.put(name, directory.read(name, MAX_BYTES));
            }
        }
        return out;
    }

    @Override
    public synchronized void put(String name, byte[] content) throws IOException {
        directory.replace(name, content, OWNER_ONLY);
    }

    /// Overwrites a file's beginning, waits until that is on stable storage, and removes it. No-op if absent.
    ///
    /// @param bytes how many are overwritten, of a longer file
    public void destroy(String name, int bytes) throws IOException {
        try (var file = directory.openBeneath(name, OpenFlag.WRITE_ONLY);
                var arena = Arena.ofConfined()) {
            file.write(arena.allocate(Math.min(bytes, file.status().size())));
            file.sync();
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
        remove(name);
    }

    @Override
    public synchronized void remove(String name) throws IOException {
        directory.remove(name);
        directory.sync();
    }
}
