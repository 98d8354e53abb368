package dev.mvm.image.layer;

import dev.mvm.image.ImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The merged tree of an image: names in memory, contents in a file without a name.
public final class Merged implements AutoCloseable {
    private static final String FOLDER = ".mvm";

    /// Places where a guest mounts or writes files of its own before the program starts: a link there would lead it
    /// elsewhere.
    private static final List<String> MOUNT_POINTS = List.of("proc", "sys", "dev", "run", "etc", "tmp", "run/mvm");

    private final FileTree tree;
    private final Contents contents;
    private final List<String> layerDigests;
    private final Map<String, Integer> dropped;

    Merged(FileTree tree, Contents contents, List<String> layerDigests, Map<String, Integer> dropped) {
        this.tree = tree;
        this.contents = contents;
        this.layerDigests = List.copyOf(layerDigests);
        this.dropped = Map.copyOf(dropped);
    }

    /// Returns the SHA-256 of each layer as plain tar, 64 lower-case hexadecimal digits: what an image's
    /// configuration calls diff_id. Empty for a tree that was read from a folder.
    public List<String> layerDigests() {
        return layerDigests;
    }

    /// Returns the content of a small file, such as `etc/passwd`. Symbolic links on the way, the last one too,
    /// are followed inside the tree. Empty if nothing is there, or no regular file.
    ///
    /// @param path its bytes as characters: US-ASCII is as it is
    /// @param atMost most bytes of the file
    /// @throws ImageException if it is larger, or its links lead in a circle
    public Optional<byte[]> file(String path, int atMost) throws ImageException, IOException {
        var node = new Walk("the image", tree.root(), path).find();
        if (node.isEmpty() || !(node.get() instanceof Node.RegularFile file)) {
            return Optional.empty();
        }
        if (file.size() > atMost) {
            throw new ImageException(
                    "file_too_large",
                    "the image is refused: " + EntryPath.shown(path) + " has more than " + atMost + " bytes");
        }
        var content = ByteBuffer.allocate((int) file.size());
        contents.read(file.at(), content);
        return Optional.of(content.array());
    }

    /// Returns whether a regular file is there, by the rules of [#file].
    ///
    /// @throws ImageException if its links lead in a circle
    public boolean isFile(String path) throws ImageException {
        return new Walk("the image", tree.root(), path).find().orElse(tree.root()) instanceof Node.RegularFile;
    }

    /// Refuses an image that has something else than a folder where the guest mounts or writes files of its own.
    ///
    /// @throws ImageException `mount_point_bad`
    public void demandMountPoints() throws ImageException {
        for (var path : MOUNT_POINTS) {
            var parent = tree.folder("the image", EntryPath.parent(path), _ -> true);
            var found = parent.map(folder -> folder.children.get(EntryPath.name(path)));
            if (found.isPresent() && !(found.get() instanceof Node.Folder) && !(found.get() instanceof Node.LeftOut)) {
                throw new ImageException(
                        "mount_point_bad",
                        "the image is refused: /" + path + " is no directory, and a guest needs one there");
            }
        }
    }

    /// Writes the whole tree, with `extra`, as one tar: sorted, with numeric owners. The same tree gives the same
    /// bytes.
    ///
    /// @param tar made anew
    /// @throws ImageException if the tree has a folder `/.mvm` of its own
    public Flattened write(Extra extra, Path tar) throws ImageException, IOException {
        if (tree.root().children.containsKey(FOLDER)) {
            throw new ImageException(
                    "mvm_folder", "the image is refused: it has /.mvm, which is for what mvm adds to an image");
        }
        var content = extra.content();
        long at = contents.reserve(content.length);
        contents.write(at, content, content.length);
        tree.putFolder("the image", FOLDER, Attributes.FOLDER);
        tree.put("the image", FOLDER + "/config", new Node.RegularFile(Attributes.CONFIG, at, content.length));
        try (var writer = new TreeWriter(tree, contents, TarWriter.to(tar), dropped)) {
            return writer.writeAll();
        } finally {
            tree.root().children.remove(FOLDER);
        }
    }

    /// Gives the contents' space back.
    @Override
    public void close() throws IOException {
        contents.close();
    }
}
