package dev.mvm.agentd.keys;

import dev.mvm.model.Bytes;
import java.util.Optional;

/// hostd's part in the rounds of the key service. Blocking; thread-safe.
public interface KeyHolder {
    /// A hostd that holds no keys of the key service.
    KeyHolder NONE = new KeyHolder() {
        @Override
        public Answer answer(Bytes challenge) {
            return new Answer.Refused(NO_KEY_SERVICE);
        }

        @Override
        public Optional<String> install(Bytes blob) {
            return Optional.of(NO_KEY_SERVICE);
        }
    };

    /// Reason of a node whose trust root names no key service: a stable code.
    String NO_KEY_SERVICE = "no_key_service";

    /// Answer to a challenge.
    sealed interface Answer {
        /// A statement.
        ///
        /// @param statement an envelope
        record Stated(Bytes statement) implements Answer {}

        /// No statement.
        ///
        /// @param reason a stable code
        record Refused(String reason) implements Answer {}
    }

    /// Answers a challenge, which begins a period.
    ///
    /// @param challenge an envelope, as the coordinator sent it
    Answer answer(Bytes challenge);

    /// Installs a blob.
    ///
    /// @param blob an envelope, as the coordinator sent it
    /// @return the reason why it is not installed, a stable code; empty if it is
    Optional<String> install(Bytes blob);
}
