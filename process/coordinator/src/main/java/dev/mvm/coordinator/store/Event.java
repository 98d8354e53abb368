package dev.mvm.coordinator.store;

/// A change of one key.
public sealed interface Event {
    Key key();

    /// The revision of the change.
    long revision();

    record Put(Entry entry) implements Event {
        @Override
        public Key key() {
            return entry.key();
        }

        @Override
        public long revision() {
            return entry.modRevision();
        }
    }

    record Deleted(Key key, long revision) implements Event {}
}
