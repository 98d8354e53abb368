package dev.mvm.image.layer;

import java.io.IOException;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.TreeMap;

/// Writes a tree as one tar: a folder before what is in it, names by their bytes. Of a file with several names
/// the first has the content, the others are hard links to it.
final class TreeWriter implements AutoCloseable {
    private final FileTree tree;
    private final Contents contents;
    private final TarWriter out;
    private final Map<String, Integer> dropped;
    private final IdentityHashMap<Node, String> firstNames = new IdentityHashMap<>();
    private int entries;
    private long bytes;

    /// @param dropped what was left out before, by kind
    TreeWriter(FileTree tree, Contents contents, TarWriter out, Map<String, Integer> dropped) {
        this.tree = tree;
        this.contents = contents;
        this.out = out;
        this.dropped = new TreeMap<>(dropped);
    }

    Flattened writeAll() throws IOException {
        folder("", tree.root());
        out.finish();
        return new Flattened(entries, bytes, dropped);
    }

    /// A path has at most 4,095 bytes, so the calls nest at most half as deep.
    private void folder(String path, Node.Folder folder) throws IOException {
        entry('5', path.isEmpty() ? "./" : path + "/", folder.attributes(), "");
        for (var child : folder.children.entrySet()) {
            var name = path.isEmpty() ? child.getKey() : path + "/" + child.getKey();
            if (child.getValue() instanceof Node.Folder below) {
                folder(name, below);
            } else {
                leaf(name, child.getValue());
            }
        }
    }

    private void leaf(String path, Node node) throws IOException {
        var first = tree.linked().contains(node) ? firstNames.putIfAbsent(node, path) : null;
        switch (node) {
            case Node.LeftOut left -> drop(left.kind());
            case Node.Fifo _ when path.startsWith("dev/") -> drop("fifo_in_dev");
            case Node _ when first != null -> link(path, node.attributes(), first);
            case Node.RegularFile file -> file(path, file);
            case Node.Symlink link -> entry('2', path, link.attributes(), link.target());
            case Node.Fifo fifo -> entry('6', path, fifo.attributes(), "");
            case Node.Folder folder -> folder(path, folder);
        }
    }

    private void file(String path, Node.RegularFile file) throws IOException {
        count(file.attributes());
        out.file(path, file, contents);
        bytes += file.size();
    }

    private void entry(char type, String path, Attributes attributes, String target) throws IOException {
        count(attributes);
        out.entry(type, path, attributes, target);
    }

    /// A further name; what was dropped of the file is counted with its first.
    private void link(String path, Attributes attributes, String first) throws IOException {
        entries++;
        out.entry('1', path, attributes.withoutExtended(), first);
    }

    private void count(Attributes attributes) {
        entries++;
        attributes.dropped().forEach(this::drop);
    }

    private void drop(String kind) {
        dropped.merge(kind, 1, Integer::sum);
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
