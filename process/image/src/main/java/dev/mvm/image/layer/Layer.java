package dev.mvm.image.layer;

import dev.mvm.image.ImageException;
import dev.mvm.image.layer.TarEntry.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// One layer, read whole before any of it is applied: its whiteouts apply to the layers below it alone,
/// wherever they stand in it, so they come first.
final class Layer {
    private static final String WHITEOUT = ".wh.";
    private static final String AUFS = ".wh..wh.";
    private static final String OPAQUE = ".wh..wh..opq";
    private static final Set<String> ESTARGZ =
            Set.of("stargz.index.json", ".prefetch.landmark", ".no.prefetch.landmark");

    private final String name;
    private final Map<String, Integer> dropped;
    private final List<Change> changes = new ArrayList<>();
    private final List<String> hidden = new ArrayList<>();
    private final List<String> opaque = new ArrayList<>();

    private Layer(String name, Map<String, Integer> dropped) {
        this.name = name;
        this.dropped = dropped;
    }

    /// A change that an entry makes to the tree.
    private sealed interface Change {
        String path();

        /// Puts a file, link, pipe or something that will be left out.
        record Put(String path, Node node) implements Change {}

        /// Puts a folder.
        record PutFolder(String path, Attributes attributes) implements Change {}

        /// Gives a file one more name.
        record Link(String path, String target) implements Change {}
    }

    /// Applies the layer in `file` to `tree`, and returns the SHA-256 of its plain tar.
    ///
    /// @param name for messages, such as `layer 3`
    /// @param dropped counts entries that are in no tree
    static String apply(
            Path file, String name, FileTree tree, Contents contents, Budget budget, Map<String, Integer> dropped)
            throws ImageException, IOException {
        var layer = new Layer(name, dropped);
        try (var in = LayerStream.open(file, budget, name)) {
            layer.readAll(new TarReader(in, budget), contents);
            layer.applyTo(tree);
            return in.digestOfAll();
        }
    }

    private void readAll(TarReader reader, Contents contents) throws ImageException, IOException {
        for (var entry = reader.next(); entry != null; entry = reader.next()) {
            if (!isMarker(entry)) {
                changes.add(change(entry, reader, contents));
            }
        }
    }

    /// Takes an entry that is no file of the image: a whiteout, or bookkeeping of AUFS or eStargz.
    private boolean isMarker(TarEntry entry) throws ImageException {
        var parent = EntryPath.parent(entry.path());
        var last = EntryPath.name(entry.path());
        if (entry.kind() == Kind.FILE && ESTARGZ.contains(entry.path())) {
            dropped.merge("estargz", 1, Integer::sum);
        } else if (last.equals(OPAQUE) && !isBelowWhiteout(parent)) {
            opaque.add(parent);
        } else if (last.startsWith(AUFS) || ("/" + parent).contains("/" + AUFS)) {
            dropped.merge("aufs", 1, Integer::sum);
        } else if (isBelowWhiteout(parent)) {
            throw badWhiteout(entry.path());
        } else if (last.startsWith(WHITEOUT)) {
            hidden.add(hiddenPath(entry, parent, last.substring(WHITEOUT.length())));
        } else {
            return false;
        }
        return true;
    }

    private static boolean isBelowWhiteout(String parent) {
        return ("/" + parent).contains("/" + WHITEOUT);
    }

    private String hiddenPath(TarEntry entry, String parent, String hiddenName) throws ImageException {
        if (hiddenName.isEmpty() || hiddenName.equals(".") || hiddenName.equals("..") || entry.kind() == Kind.FOLDER) {
            throw badWhiteout(entry.path());
        }
        return parent.isEmpty() ? hiddenName : parent + "/" + hiddenName;
    }

    private ImageException badWhiteout(String path) {
        return new ImageException(
                "whiteout_bad", name + " is refused: a whiteout is malformed: " + EntryPath.shown(path));
    }

    private static Change change(TarEntry entry, TarReader reader, Contents contents)
            throws ImageException, IOException {
        var path = entry.path();
        var attributes = entry.attributes();
        return switch (entry.kind()) {
            case FILE -> {
                long at = reader.copyContent(entry.content(), contents);
                yield new Change.Put(
                        path,
                        new Node.RegularFile(attributes, at, entry.content().size()));
            }
            case FOLDER -> new Change.PutFolder(path, attributes);
            case SYMLINK -> new Change.Put(path, new Node.Symlink(attributes, entry.link()));
            case HARDLINK -> new Change.Link(path, entry.link());
            case DEVICE -> new Change.Put(path, new Node.LeftOut(attributes, "device"));
            case FIFO -> new Change.Put(path, new Node.Fifo(attributes));
        };
    }

    private void applyTo(FileTree tree) throws ImageException {
        hideIn(tree);
        for (var change : changes) {
            switch (change) {
                case Change.Put put -> tree.put(name, put.path, put.node);
                case Change.PutFolder put -> tree.putFolder(name, put.path, put.attributes);
                case Change.Link link -> tree.link(name, link.path, link.target);
            }
        }
    }

    /// Applies the whiteouts. All are looked up before the first is applied, so their order means nothing; and a
    /// symbolic link that this layer hides or replaces is not followed.
    private void hideIn(FileTree tree) throws ImageException {
        if (hidden.isEmpty() && opaque.isEmpty()) {
            return;
        }
        var barred = new HashSet<>(hidden);
        changes.forEach(change -> barred.add(change.path()));
        var removals = new ArrayList<Runnable>();
        for (var path : opaque) {
            tree.folder(name, path, barred::contains).ifPresent(folder -> removals.add(folder.children::clear));
        }
        for (var path : hidden) {
            tree.folder(name, EntryPath.parent(path), barred::contains)
                    .ifPresent(folder -> removals.add(() -> folder.children.remove(EntryPath.name(path))));
        }
        removals.forEach(Runnable::run);
    }
}
