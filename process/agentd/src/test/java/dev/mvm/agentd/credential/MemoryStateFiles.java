package dev.mvm.agentd.credential;

import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/// State files in memory, on a disk that can be full.
public final class MemoryStateFiles implements StateFiles {
    final Map<String, byte[]> files = new HashMap<>();
    boolean full;

    @Override
    public Map<String, byte[]> all() {
        return files;
    }

    @Override
    public void put(String name, byte[] content) throws IOException {
        if (full) {
            throw new IOException("no space left on the device");
        }
        files.put(name, content);
    }

    @Override
    public void remove(String name) {
        files.remove(name);
    }
}
