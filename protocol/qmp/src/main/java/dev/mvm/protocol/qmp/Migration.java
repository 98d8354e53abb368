package dev.mvm.protocol.qmp;

import java.util.Arrays;

/// Progress of writing or reading a state.
///
/// @param error why it failed, for a log; empty if QEMU does not say
public record Migration(Status status, String error) {
    /// `MigrationStatus` of `qapi/migration.json`.
    public enum Status {
        /// There was none.
        NONE("none"),
        SETUP("setup"),
        ACTIVE("active"),
        /// The machine is stopped, the devices are on their way.
        DEVICE("device"),
        COMPLETED("completed"),
        FAILED("failed"),
        CANCELLING("cancelling"),
        CANCELLED("cancelled"),
        /// Any other, of migrations that mvm does not ask for.
        OTHER("");

        private final String word;

        Status(String word) {
            this.word = word;
        }

        /// Returns whether the migration has ended.
        public boolean isFinal() {
            return this == NONE || this == COMPLETED || this == FAILED || this == CANCELLED;
        }

        static Status of(String word) {
            return Arrays.stream(values())
                    .filter(status -> status.word.equals(word))
                    .findFirst()
                    .orElse(OTHER);
        }
    }
}
