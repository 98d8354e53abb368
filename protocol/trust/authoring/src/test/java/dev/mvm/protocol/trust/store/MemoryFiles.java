package dev.mvm.protocol.trust.store;

import java.util.Map;
import java.util.TreeMap;

/// Files that lose power before a chosen write.
final class MemoryFiles implements StateFiles {
    final Map<String, byte[]> content = new TreeMap<>();
    int writesLeft = Integer.MAX_VALUE;

    static final class PowerLoss extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private void write() {
        if (writesLeft-- == 0) {
            throw new PowerLoss();
        }
    }

    @Override
    public Map<String, byte[]> all() {
        return new TreeMap<>(content);
    }

    @Override
    public void put(String name, byte[] bytes) {
        write();
        content.put(name, bytes.clone());
    }

    @Override
    public void remove(String name) {
        write();
        content.remove(name);
    }
}
