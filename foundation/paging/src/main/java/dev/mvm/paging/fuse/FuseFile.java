package dev.mvm.paging.fuse;

import java.util.Optional;

/// The two files that a VMM's snapshot is made of. There are no others.
public enum FuseFile {
    /// All of the guest's memory.
    MEMORY("memory", 2),
    /// Registers and devices.
    VMSTATE("vmstate", 3);

    private final String file;
    private final long node; // 1 is the directory, FUSE_ROOT_ID of linux/fuse.h

    FuseFile(String file, long node) {
        this.file = file;
        this.node = node;
    }

    /// The name in the directory.
    public String file() {
        return file;
    }

    /// How the kernel names it.
    long node() {
        return node;
    }

    static Optional<FuseFile> named(String name) {
        for (var file : values()) {
            if (file.file.equals(name)) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }

    static Optional<FuseFile> of(long node) {
        for (var file : values()) {
            if (file.node == node) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }
}
