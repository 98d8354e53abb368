package dev.mvm.cli.command;

import dev.mvm.cli.api.CoordinatorClient;
import dev.mvm.cli.api.Settings;
import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.terminal.Output;
import java.nio.file.Path;
import java.util.Optional;

/// State shared by all verbs: the output, and the client of the coordinator, which is created on first use.
public final class Context implements AutoCloseable {
    private final Output output;
    private final Path settingsFile;
    private Optional<CoordinatorClient> coordinator = Optional.empty();

    /// @param settingsFile file with the coordinator's address; need not exist
    public Context(Output output, Path settingsFile) {
        this.output = output;
        this.settingsFile = settingsFile;
    }

    Output output() {
        return output;
    }

    /// Returns the directory of the settings file, which need not exist.
    Path settingsDirectory() {
        return Optional.ofNullable(settingsFile.getParent()).orElse(Path.of(""));
    }

    CoordinatorClient coordinator() throws Failure {
        if (coordinator.isEmpty()) {
            coordinator = Optional.of(new CoordinatorClient(Settings.read(settingsFile)));
        }
        return coordinator.get();
    }

    /// Reads the settings.
    Settings settings() throws Failure {
        return Settings.read(settingsFile);
    }

    /// Returns the directory of the operator's credential.
    ///
    /// @throws Failure if the settings name a token instead
    Path credential() throws Failure {
        return Settings.read(settingsFile)
                .credential()
                .orElseThrow(() -> new Failure(
                        settingsFile + ": there is no 'credential' in these settings: a token has no certificate"));
    }

    @Override
    public void close() {
        coordinator.ifPresent(CoordinatorClient::close);
    }
}
