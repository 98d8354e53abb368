package dev.mvm.protocol.trust.store;

import java.util.Map;
import java.util.TreeMap;

/// Files in memory, for tests of other packages.
public final class VolatileFiles implements StateFiles {
    private final Map<String, byte[]> content = new TreeMap<>();

    @Override
    public Map<String, byte[]> all() {
        return new TreeMap<>(content);
    }

    @Override
    public void put(String name, byte[] bytes) {
        content.put(name, bytes.clone());
    }

    @Override
    public void remove(String name) {
        content.remove(name);
    }
}
