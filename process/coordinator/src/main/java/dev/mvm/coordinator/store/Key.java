package dev.mvm.coordinator.store;

/// Name of an entry. Only printable ASCII, so that every store sorts keys alike.
///
/// @param path 1 to 512 characters from `!` to `~`
public record Key(String path) implements Comparable<Key> {
    private static final int MAX = 512;

    public Key {
        if (path.isEmpty() || path.length() > MAX || !path.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException("not a key: want 1 to " + MAX + " printable ASCII characters");
        }
    }

    @Override
    public int compareTo(Key other) {
        return path.compareTo(other.path);
    }

    @Override
    public String toString() {
        return path;
    }
}
