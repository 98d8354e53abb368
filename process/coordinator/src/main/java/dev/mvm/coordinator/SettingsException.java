package dev.mvm.coordinator;

import java.io.Serial;

/// A configuration or a command line that cannot be meant. The message is one line that says where and what.
final class SettingsException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    SettingsException(String message) {
        super(message);
    }
}
