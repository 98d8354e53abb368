package dev.mvm.sealer.paging.fuse;

/// State of one file of a [FuseDirectory]: the file exists, or the VMM may create it.
final class FuseEntry {
    final boolean writable;
    /// Greatest length in bytes.
    final long most;

    boolean exists;
    long size;
    /// End of the bytes that the contents have taken.
    long written;

    /// @param most greatest length of a writable file, length of one that is read
    FuseEntry(boolean writable, long most) {
        this.writable = writable;
        this.most = most;
        this.exists = !writable;
        this.size = writable ? 0 : most;
    }
}
