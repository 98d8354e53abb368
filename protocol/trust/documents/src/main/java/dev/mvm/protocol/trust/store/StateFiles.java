package dev.mvm.protocol.trust.store;

import java.io.IOException;
import java.util.Map;

/// A directory of small files that survives a crash at any point: a file is there whole, as it was or as it is,
/// never in between.
public interface StateFiles {
    /// All files by name.
    Map<String, byte[]> all() throws IOException;

    /// Replaces or makes the file `name`; when this returns, it is on disk.
    void put(String name, byte[] content) throws IOException;

    /// Removes the file `name` if it is there; when this returns, that is on disk.
    void remove(String name) throws IOException;
}
