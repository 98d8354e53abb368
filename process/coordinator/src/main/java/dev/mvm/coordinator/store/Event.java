package dev.mvm.coordinator.store;

/// One thing that happened to one key.
public sealed interface Event {
    Key key();

    /// When it happened.
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
