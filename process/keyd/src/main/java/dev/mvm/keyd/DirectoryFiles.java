package dev.mvm.keyd;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// Small files in a directory of keyd's own, for its owner alone.
final class DirectoryFiles implements StateFiles {
    private static final int OWNER_ONLY = 0600;
    private static final int OWNER_ONLY_DIRECTORY = 0700;
    private static final int MAX_FILES = 100_000;
    private static final int MAX_BYTES = 2 << 20;

    private final Directory directory;

    private DirectoryFiles(Directory directory) {
        this.directory = directory;
    }

    /// Opens the directory `name` in `parent`, and makes it if it is not there.
    @SuppressWarnings("MustBeClosedChecker") // open as long as the process is there
    static DirectoryFiles in(Path parent, String name) throws IOException {
        try (var base = Directory.open(parent)) {
            try {
                base.makeDirectory(name, OWNER_ONLY_DIRECTORY);
            } catch (ErrnoException e) {
                if (e.errno() != Errno.EEXIST) {
                    throw e;
                }
            }
            return new DirectoryFiles(base.directoryBeneath(name));
        }
    }

    /// Names that begin with a dot are unfinished writes of a former process.
    @Override
    public synchronized Map<String, byte[]> all() throws IOException {
        var out = new TreeMap<String, byte[]>();
        for (var name : directory.names(MAX_FILES)) {
            if (!name.startsWith(".")) {
                out.put(name, directory.read(name, MAX_BYTES));
            }
        }
        return out;
    }

    @Override
    public synchronized void put(String name, byte[] content) throws IOException {
        directory.replace(name, content, OWNER_ONLY);
    }

    @Override
    public synchronized void remove(String name) throws IOException {
        directory.remove(name);
        directory.sync();
    }
}
