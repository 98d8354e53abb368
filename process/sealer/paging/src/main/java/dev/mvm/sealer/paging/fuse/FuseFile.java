package dev.mvm.sealer.paging.fuse;

import java.util.Optional;

/// The two files of a VMM's snapshot. The directory has no others.
public enum FuseFile {
    /// All of the guest's memory.
    MEMORY("memory", 0),
    /// Registers and devices.
    VMSTATE("vmstate", 1);

    private final String file;

    private final int number;

    FuseFile(String file, int number) {
        this.file = file;
        this.number = number;
    }

    /// The name in the directory.
    public String file() {
        return file;
    }

    /// Offset of the file's node from the first node; each file has another.
    int number() {
        return number;
    }

    static Optional<FuseFile> named(String name) {
        for (var file : values()) {
            if (file.file.equals(name)) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }
}
