package dev.mvm.cli.command;

import dev.mvm.cli.Failure;
import dev.mvm.cli.Settings;
import dev.mvm.cli.api.Coordinator;
import dev.mvm.cli.terminal.Output;
import java.nio.file.Path;

/// What commands share: where they print, and the coordinator, reached when the first of them needs it.
public final class Context {
    private final Output output;
    private final Path settingsFile;

    /// @param settingsFile where the coordinator's address is
    public Context(Output output, Path settingsFile) {
        this.output = output;
        this.settingsFile = settingsFile;
    }

    Output output() {
        return output;
    }

    Coordinator coordinator() throws Failure {
        return new Coordinator(Settings.read(settingsFile));
    }
}
