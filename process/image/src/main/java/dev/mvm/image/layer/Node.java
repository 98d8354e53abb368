package dev.mvm.image.layer;

import java.util.NavigableMap;
import java.util.TreeMap;

/// A file, folder or link under a name of the tree. Two names of one file have the same object.
sealed interface Node {
    Attributes attributes();

    /// A folder: the one kind that changes while layers are applied.
    final class Folder implements Node {
        final NavigableMap<String, Node> children = new TreeMap<>();

        /// Bytes of its path.
        final int pathLength;

        Attributes attributes;

        Folder(Attributes attributes, int pathLength) {
            this.attributes = attributes;
            this.pathLength = pathLength;
        }

        @Override
        public Attributes attributes() {
            return attributes;
        }
    }

    /// A regular file: `size` bytes at `at` of [Contents].
    record RegularFile(Attributes attributes, long at, long size) implements Node {}

    /// A symbolic link.
    record Symlink(Attributes attributes, String target) implements Node {}

    /// A named pipe.
    record Fifo(Attributes attributes) implements Node {}

    /// Something that is known while layers are applied, since it has a name and can be replaced, but is left
    /// out of the image.
    ///
    /// @param kind the word under which it is counted
    record LeftOut(Attributes attributes, String kind) implements Node {}
}
