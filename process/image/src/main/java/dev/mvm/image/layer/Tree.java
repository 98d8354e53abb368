package dev.mvm.image.layer;

import dev.mvm.image.ImageException;
import dev.mvm.image.Limits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A folder of this machine as the tree of an image.
public final class Tree {
    private Tree() {}

    /// Reads a folder without following symbolic links in it. Of extended attributes `user.*` alone are read.
    ///
    /// @param owners owners of all files in it; without them all belong to root
    /// @param scratch a folder for files' contents; its one file has no name and goes when the tree is closed
    /// @throws ImageException for a tree that is refused
    /// @throws IOException for the machine's own errors, such as a full disk or a file that may not be read
    public static Merged read(Path folder, Optional<Owners> owners, Limits limits, Path scratch)
            throws ImageException, IOException {
        var budget = new Budget(limits);
        var tree = new FileTree(budget);
        var contents = Contents.in(scratch);
        try {
            new TreeReader(tree, contents, budget, owners).read(folder.toRealPath());
        } catch (ImageException | IOException | RuntimeException e) {
            contents.close();
            throw e;
        }
        return new Merged(tree, contents, List.of(), Map.of());
    }
}
