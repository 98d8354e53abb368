package dev.mvm.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import dev.mvm.image.ImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads a folder of this machine into a tree.
final class TreeReader {
    private static final String HERE = "the folder";

    private final FileTree tree;
    private final Contents contents;
    private final Budget budget;
    private final Optional<Owners> owners;
    private final Map<String, String> firstNames = new HashMap<>();

    TreeReader(FileTree tree, Contents contents, Budget budget, Optional<Owners> owners) {
        this.tree = tree;
        this.contents = contents;
        this.budget = budget;
        this.owners = owners;
    }

    /// Reads all below `folder`.
    void read(Path folder) throws ImageException, IOException {
        tree.putFolder(HERE, "", attributes(folder, Stat.of(folder)));
        readBelow(folder, "");
    }

    private void readBelow(Path folder, String path) throws ImageException, IOException {
        List<Path> children;
        try (var stream = Files.list(folder)) {
            children = stream.toList();
        }
        for (var child : children) {
            var name = bytes(child.getFileName());
            readOne(child, path.isEmpty() ? name : path + "/" + name);
        }
    }

    private void readOne(Path file, String path) throws ImageException, IOException {
        budget.entry();
        budget.names(path.length());
        var stat = Stat.of(file);
        if (stat.kind() == Stat.FOLDER) {
            tree.putFolder(HERE, path, attributes(file, stat));
            readBelow(file, path);
            return;
        }
        var first = stat.links() > 1 ? firstNames.putIfAbsent(stat.file(), path) : null;
        if (first == null) {
            tree.put(HERE, path, node(file, stat));
        } else {
            tree.link(HERE, path, first);
        }
    }

    private Node node(Path file, Stat stat) throws ImageException, IOException {
        return switch (stat.kind()) {
            case Stat.REGULAR -> regular(file, stat);
            case Stat.SYMLINK -> {
                var target = EntryPath.target(HERE, bytes(Files.readSymbolicLink(file)));
                budget.names(target.length());
                yield new Node.Symlink(attributes(file, stat), target);
            }
            case Stat.FIFO -> new Node.Fifo(attributes(file, stat));
            case Stat.SOCKET -> new Node.LeftOut(Attributes.FOLDER, "socket");
            default -> device(stat);
        };
    }

    private static Node device(Stat stat) throws ImageException {
        if (stat.kind() == Stat.CHARACTER_DEVICE && stat.rdev() == 0) {
            throw new ImageException(
                    "overlay_whiteout", HERE + " is refused: a device 0/0 deletes a file in an overlay alone");
        }
        return new Node.LeftOut(Attributes.FOLDER, "device");
    }

    private Node regular(Path file, Stat stat) throws ImageException, IOException {
        long size = stat.size();
        budget.read(size);
        budget.expanded(size);
        long at = contents.reserve(size);
        long done = 0;
        try (var channel = Files.newByteChannel(file, Set.of(StandardOpenOption.READ, NOFOLLOW_LINKS));
                var in = Channels.newInputStream(channel)) {
            var buffer = new byte[1 << 16];
            for (int count = in.read(buffer); count > 0 && done + count <= size; count = in.read(buffer)) {
                contents.write(at + done, buffer, count);
                done += count;
            }
            if (done != size || in.read() >= 0) {
                throw changed(file);
            }
        }
        return new Node.RegularFile(attributes(file, stat), at, size);
    }

    private Attributes attributes(Path file, Stat stat) throws ImageException, IOException {
        var owner = owners.isEmpty() ? Optional.of(Owners.ROOT) : owners.get().find(stat);
        if (owner.isEmpty()) {
            throw changed(file);
        }
        // opening a pipe would wait for its other end
        boolean hasExtended = stat.kind() == Stat.REGULAR || stat.kind() == Stat.FOLDER;
        var extended = hasExtended ? extended(file) : Map.<String, String>of();
        return Attributes.of(stat.mode() & 07777, owner.get().uid(), owner.get().gid(), stat.mtime(), extended);
    }

    private Map<String, String> extended(Path file) throws ImageException, IOException {
        var view = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
        var found = new HashMap<String, String>();
        for (var name : view == null ? List.<String>of() : view.list()) {
            var value = ByteBuffer.allocate(view.size(name));
            view.read(name, value);
            budget.names(name.length() + value.position());
            found.put("user." + name, new String(value.array(), 0, value.position(), ISO_8859_1));
        }
        return found;
    }

    private static ImageException changed(Path file) {
        return new ImageException(
                "tree_changed", HERE + " is refused: a file changed while it was read: " + shown(file));
    }

    /// Returns the bytes of a name as characters.
    private static String bytes(Path name) throws ImageException {
        var text = name.toString();
        if (!Path.of(text).equals(name)) {
            throw new ImageException(
                    "name_not_utf8", HERE + " is refused: a name is not UTF-8, or the locale is not: " + shown(name));
        }
        return new String(text.getBytes(UTF_8), ISO_8859_1);
    }

    private static String shown(Path file) {
        return EntryPath.shown(file.toString());
    }
}
