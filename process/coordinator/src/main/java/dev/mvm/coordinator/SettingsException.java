package dev.mvm.coordinator;

import java.io.Serial;

/// A configuration or a command line is invalid. The message is one line that names the place and the problem.
final class SettingsException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    SettingsException(String message) {
        super(message);
    }
}
