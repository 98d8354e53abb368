package dev.mvm.hostd.files;

import dev.mvm.linux.fd.Directory;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/// State files in an open directory of root's.
///
/// @param directory stays its owner's, and open
public record DirectoryFiles(Directory directory) implements StateFiles {
    private static final int OWNER_ONLY = 0600;
    private static final int MAX_FILES = 100_000;
    private static final int MAX_BYTES = 2 << 20;

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

    @Override
    public synchronized void remove(String name) throws IOException {
        directory.remove(name);
        directory.sync();
    }
}
