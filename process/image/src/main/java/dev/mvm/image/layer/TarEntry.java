package dev.mvm.image.layer;

/// One entry of a layer. Its content comes next from the reader that returned it.
///
/// @param path without slashes at its ends, `.` or `..`; empty for the root
/// @param link a hard link's path, or a symbolic link's target as it is; else empty
/// @param content of a regular file, else of no bytes
record TarEntry(String path, Kind kind, Attributes attributes, String link, SparseMap content) {
    /// Kinds of entries.
    enum Kind {
        FILE,
        FOLDER,
        SYMLINK,
        HARDLINK,
        DEVICE,
        FIFO
    }
}
