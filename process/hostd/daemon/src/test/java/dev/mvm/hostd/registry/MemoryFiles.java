package dev.mvm.hostd.registry;

import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/// State files that can be made to fail.
public final class MemoryFiles implements StateFiles {
    public final Map<String, byte[]> content = new TreeMap<>();
    public boolean full;

    /// As a file system is that is full: what is there can go, and nothing can come.
    public boolean withoutRoom;

    private int writesLeft = Integer.MAX_VALUE;

    /// Lets `writes` more writes happen, then crashes before the next.
    public void crashAfter(int writes) {
        writesLeft = writes;
    }

    public boolean crashed() {
        return writesLeft < 0;
    }

    private void write() {
        if (writesLeft-- <= 0) {
            throw new dev.mvm.hostd.host.FakeMachines.Crash();
        }
    }

    @Override
    public Map<String, byte[]> all() {
        return new TreeMap<>(content);
    }

    @Override
    public void put(String name, byte[] bytes) throws IOException {
        if (full || withoutRoom) {
            throw new IOException("no space left");
        }
        write();
        content.put(name, bytes.clone());
    }

    @Override
    public void remove(String name) throws IOException {
        if (full) {
            throw new IOException("no space left");
        }
        write();
        content.remove(name);
    }
}
