package dev.mvm.image.layer;

import dev.mvm.image.ImageException;
import dev.mvm.image.layer.Node.Folder;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// A tree of files in memory. Symbolic links on the way to a name are followed inside it: `/` and the parent of
/// the root are its root.
final class FileTree {
    private final Folder root = new Folder(Attributes.FOLDER, 0);
    private final Set<Node> linked = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Budget budget;

    FileTree(Budget budget) {
        this.budget = budget;
    }

    Folder root() {
        return root;
    }

    /// Returns the files that have several names, or had.
    Set<Node> linked() {
        return linked;
    }

    /// Puts a file, link or pipe under a name, in place of all that was there.
    void put(String layer, String path, Node node) throws ImageException {
        var parent = parent(layer, path);
        pathLength(layer, parent, EntryPath.name(path));
        parent.children.put(EntryPath.name(path), node);
    }

    /// Puts a folder under a name. One that is there keeps what is in it; anything else is replaced.
    void putFolder(String layer, String path, Attributes attributes) throws ImageException {
        if (path.isEmpty()) {
            root.attributes = attributes;
            return;
        }
        var parent = parent(layer, path);
        if (parent.children.get(EntryPath.name(path)) instanceof Folder there) {
            there.attributes = attributes;
        } else {
            int length = pathLength(layer, parent, EntryPath.name(path));
            parent.children.put(EntryPath.name(path), new Folder(attributes, length));
        }
    }

    /// Gives the file at `target` one more name.
    void link(String layer, String path, String target) throws ImageException {
        var there = folder(layer, EntryPath.parent(target), _ -> false)
                .map(parent -> parent.children.get(EntryPath.name(target)));
        if (there.isEmpty() || there.get() instanceof Folder) {
            var line = layer + " is refused: a hard link whose target is missing or a folder: " + EntryPath.shown(path)
                    + " to " + EntryPath.shown(target);
            throw new ImageException("link_bad", line);
        }
        put(layer, path, there.get());
        linked.add(there.get());
    }

    /// Returns the folder at a path, if one is there.
    ///
    /// @param barred paths of symbolic links that are not followed
    Optional<Folder> folder(String layer, String path, Predicate<String> barred) throws ImageException {
        return new Walk(layer, root, path).find(barred).map(node -> node instanceof Folder folder ? folder : null);
    }

    private Folder parent(String layer, String path) throws ImageException {
        if (path.isEmpty()) {
            throw EntryPath.bad(layer, path);
        }
        var parent = new Walk(layer, root, EntryPath.parent(path)).make(budget);
        if (parent.isPresent() && parent.get() instanceof Folder folder) {
            return folder;
        }
        throw new ImageException(
                "path_through_file", layer + " is refused: a path leads through a file: " + EntryPath.shown(path));
    }

    /// Returns the bytes of the path of `name` in `parent`.
    static int pathLength(String layer, Folder parent, String name) throws ImageException {
        int length = parent.pathLength + 1 + name.length();
        if (length > EntryPath.MOST || name.length() > EntryPath.MOST_OF_NAME) {
            throw EntryPath.bad(layer, name);
        }
        return length;
    }
}
