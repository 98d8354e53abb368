package dev.mvm.image.layer;

import dev.mvm.image.ImageException;
import dev.mvm.image.layer.Node.Folder;
import dev.mvm.image.layer.Node.Symlink;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// One way from the root of a tree along a path, through symbolic links.
final class Walk {
    /// Most symbolic links on one way, as in Linux.
    private static final int MOST_LINKS = 40;

    private final String layer;
    private final Deque<String> todo = new ArrayDeque<>();
    private final List<Folder> folders = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private int links;

    Walk(String layer, Folder root, String path) {
        this.layer = layer;
        todo.addAll(EntryPath.parts(path));
        folders.add(root);
    }

    /// Returns what is at the path, and makes folders that are missing.
    ///
    /// @return empty if a file is in the way
    Optional<Node> make(Budget budget) throws ImageException {
        return go(budget, _ -> false);
    }

    /// Returns what is at the path.
    Optional<Node> find() throws ImageException {
        return find(_ -> false);
    }

    /// Returns what is at the path.
    ///
    /// @param barred paths of links that are not followed
    Optional<Node> find(Predicate<String> barred) throws ImageException {
        return go(null, barred);
    }

    private Optional<Node> go(@Nullable Budget making, Predicate<String> barred) throws ImageException {
        while (!todo.isEmpty()) {
            var name = todo.pop();
            if (name.equals("..")) {
                up();
            } else if (!name.isEmpty() && !name.equals(".")) {
                var child = folders.getLast().children.get(name);
                if (child == null && making != null) {
                    child = folder(name, making);
                }
                if (child instanceof Folder folder) {
                    folders.add(folder);
                    names.add(name);
                } else if (child instanceof Symlink link && !barred.test(path(name))) {
                    follow(link);
                } else {
                    return todo.isEmpty() && !(child instanceof Symlink)
                            ? Optional.ofNullable(child)
                            : Optional.empty();
                }
            }
        }
        return Optional.of(folders.getLast());
    }

    private Folder folder(String name, Budget budget) throws ImageException {
        budget.entry();
        var made = new Folder(Attributes.FOLDER, FileTree.pathLength(layer, folders.getLast(), name));
        folders.getLast().children.put(name, made);
        return made;
    }

    private void up() {
        if (folders.size() > 1) {
            folders.removeLast();
            names.removeLast();
        }
    }

    private void follow(Symlink link) throws ImageException {
        links++;
        if (links > MOST_LINKS) {
            throw new ImageException("link_circle", layer + " is refused: symbolic links lead in a circle");
        }
        if (link.target().startsWith("/")) {
            folders.subList(1, folders.size()).clear();
            names.clear();
        }
        EntryPath.parts(link.target()).reversed().forEach(todo::push);
    }

    private String path(String name) {
        return names.isEmpty() ? name : String.join("/", names) + "/" + name;
    }
}
