package dev.mvm.hostd.engine;

import java.io.IOException;

/// A kind of VMM that is in a module of its own, because it is not for production.
public interface EngineProvider {
    /// Opens the engine.
    Engine open() throws IOException;
}
