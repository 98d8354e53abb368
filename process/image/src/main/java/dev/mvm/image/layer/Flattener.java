package dev.mvm.image.layer;

import dev.mvm.image.ImageException;
import dev.mvm.image.Limits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// Layers of an image into one tree, by the rules of OCI's image specification. FlatteningTableTest has each rule.
public final class Flattener {
    private Flattener() {}

    /// Applies layers one upon the other.
    ///
    /// @param layers tars, plain or gzip, the lowest first
    /// @param scratch a folder for files' contents; its one file has no name and goes when the tree is closed
    /// @throws ImageException for a layer that is refused
    /// @throws IOException for the machine's own errors, such as a full disk
    public static Merged merge(List<Path> layers, Limits limits, Path scratch) throws ImageException, IOException {
        if (layers.size() > limits.layers()) {
            throw new ImageException(
                    "too_many_layers",
                    "the image is refused: " + layers.size() + " layers, at most " + limits.layers());
        }
        var budget = new Budget(limits);
        var tree = new FileTree(budget);
        var dropped = new TreeMap<String, Integer>();
        var digests = new ArrayList<String>();
        var contents = Contents.in(scratch);
        try {
            for (var layer : layers) {
                var name = "layer " + (digests.size() + 1);
                digests.add(Layer.apply(layer, name, tree, contents, budget, dropped));
            }
        } catch (ImageException | IOException | RuntimeException e) {
            contents.close();
            throw e;
        }
        return new Merged(tree, contents, digests, dropped);
    }
}
