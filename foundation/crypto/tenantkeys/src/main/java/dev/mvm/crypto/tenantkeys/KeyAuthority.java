package dev.mvm.crypto.tenantkeys;

/// Makes tenants' keys, and keeps none: each leaves wrapped, and comes back to be opened for as long as it takes
/// to seal it for a node.
///
/// Guarantees: what was wrapped opens only for the place it was made for. A plain key is on the heap while `work`
/// has it, and is zeroed there afterwards.
///
/// Does not guarantee: that no copy of it stays in memory. The collector may have moved the array, and the JDK's
/// ciphers and HTTP client have buffers of their own.
public interface KeyAuthority {
    /// Bytes of a tenant's key.
    int KEY_SIZE = 32;

    /// Word for the place of the key: `local`, `transit`.
    String kind();

    /// Makes a key.
    ///
    /// @return it, wrapped: printable ASCII, at most 512 characters
    /// @throws KeyException if it cannot be made; nothing has changed then
    String make(KeyPlace place) throws KeyException;

    /// Lends a key to `work`.
    ///
    /// @param wrapped what [#make] or [#rewrap] gave for this very place
    /// @throws KeyException `NOT_UNWRAPPED` if it is anything else, or what `work` throws
    <T> T lend(KeyPlace place, String wrapped, Work<T> work) throws KeyException;

    /// The same key under the newest master.
    ///
    /// @return what to keep instead; `wrapped` itself if it is under the newest already
    String rewrap(KeyPlace place, String wrapped) throws KeyException;

    /// Which master a key is wrapped by, for people.
    String master(String wrapped);

    /// Use of a plain key, which must not be kept.
    @FunctionalInterface
    interface Work<T> {
        T of(byte[] key) throws KeyException;
    }
}
