package dev.mvm.hostd.engine;

import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.util.function.Consumer;

/// A kind of VMM that is in a module of its own, because it is not for production.
public interface EngineProvider {
    /// Opens the engine.
    ///
    /// @param files a directory of the engine's own
    Engine open(StateFiles files, Consumer<String> log) throws IOException;
}
