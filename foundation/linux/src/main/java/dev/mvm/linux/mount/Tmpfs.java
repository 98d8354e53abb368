package dev.mvm.linux.mount;

/// Options of a memory file system; tmpfs(5).
///
/// @param bytes its size limit, at least one page of 4096
/// @param inodes how many files it may hold, at least 2
/// @param permissions of its root, at most 07777
/// @param uid owner of its root
/// @param gid group of its root
/// @param neverSwapped keep it out of swap (`noswap`, Linux 6.4); not permitted in a user namespace
public record Tmpfs(long bytes, long inodes, int permissions, int uid, int gid, boolean neverSwapped) {
    public Tmpfs {
        if (bytes < 4096 || inodes < 2 || (permissions & ~07777) != 0) {
            throw new IllegalArgumentException("not a size or mode for a tmpfs");
        }
    }
}
