package dev.mvm.coordinator.store;

/// The keys from `from`, included, up to `to`, not included.
public record KeyRange(String from, String to) {
    public KeyRange {
        if (from.isEmpty() || from.compareTo(to) >= 0) {
            throw new IllegalArgumentException("not a range of keys");
        }
    }

    /// Just this key.
    public static KeyRange of(Key key) {
        return new KeyRange(key.path(), key.path() + '\0');
    }

    /// All keys that begin with `prefix`.
    public static KeyRange under(String prefix) {
        var start = new Key(prefix).path();
        int last = start.length() - 1;
        return new KeyRange(start, start.substring(0, last) + (char) (start.charAt(last) + 1));
    }

    public boolean contains(Key key) {
        return key.path().compareTo(from) >= 0 && key.path().compareTo(to) < 0;
    }

    public boolean overlaps(KeyRange other) {
        return from.compareTo(other.to) < 0 && other.from.compareTo(to) < 0;
    }
}
