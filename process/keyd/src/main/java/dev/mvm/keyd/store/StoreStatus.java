package dev.mvm.keyd.store;

/// The state of a store.
///
/// @param reason why it does not serve, a code of [StoreException.Reason]; empty if it does
/// @param standby whether it is a copy that only lends
/// @param generation 0, or when it was restored or resumed past versions that it does not know, in seconds since 2026
/// @param master the kind of its master key: `file`, `credential`, `pkcs11` or `transit`
/// @param epoch the master key's epoch that keys are wrapped under
/// @param keys how many keys it has, of all tenants
/// @param versions how many versions of keys
/// @param pending why the destruction of what is refused already has not ended, in words; empty if it has
public record StoreStatus(
        State state,
        String reason,
        boolean standby,
        long generation,
        String master,
        int epoch,
        int keys,
        int versions,
        String pending) {
    /// The things that a store may be doing.
    public enum State {
        /// Keys are lent.
        SERVING("serving"),
        /// It was restored, and waits for newest grants and the word of operators.
        HELD("held"),
        /// It is an old copy of itself, or not what nodes know.
        STOPPED("stopped");

        private final String word;

        State(String word) {
            this.word = word;
        }

        /// The word for it in answers.
        public String word() {
            return word;
        }
    }
}
