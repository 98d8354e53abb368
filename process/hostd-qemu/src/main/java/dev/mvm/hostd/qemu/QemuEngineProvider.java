package dev.mvm.hostd.qemu;

import dev.mvm.hostd.engine.Engine;
import dev.mvm.hostd.engine.EngineProvider;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.util.function.Consumer;

/// Found by hostd in dev mode.
public final class QemuEngineProvider implements EngineProvider {
    /// Called by the service loader.
    public QemuEngineProvider() {}

    @Override
    public Engine open(StateFiles files, Consumer<String> log) throws IOException {
        return new QemuEngine(Accelerator.open(files, Accelerator.mayHaveKvm()), log);
    }
}
