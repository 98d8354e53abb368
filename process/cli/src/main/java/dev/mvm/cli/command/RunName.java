package dev.mvm.cli.command;

import dev.mvm.image.source.Reference;
import dev.mvm.model.PoolId;
import dev.mvm.protocol.trust.Grant;
import java.nio.file.Path;
import java.util.Locale;

/// Name of a run's pool, which its image has in the store, too.
final class RunName {
    private static final String PREFIX = "run-";
    private static final int LONGEST = 48;

    private RunName() {}

    /// Returns what an image is called at its source, in characters of a pool's name.
    static String of(Reference source) {
        var name = switch (source) {
            case Reference.Registry image -> last(image.repository());
            case Reference.Archive archive -> last(archive.file()).replaceFirst("\\.tar(\\.[a-z0-9]+)?$", "");
            case Reference.Layout layout ->
                layout.name()
                        .map(tagged -> last(tagged).replaceFirst(":.*", ""))
                        .orElseGet(() -> last(layout.directory()));
            case Reference.Tree tree -> last(tree.directory());
        };
        var plain = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceFirst("^-", "");
        var cut = plain.substring(0, Math.min(LONGEST, plain.length())).replaceFirst("-$", "");
        return cut.isEmpty() ? "image" : cut;
    }

    private static String last(Path path) {
        return last(path.toString());
    }

    private static String last(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /// Returns `run-NAME`, or with the first number from 2 on whose pool the grant does not have.
    ///
    /// @throws IllegalArgumentException if the name does not fit a pool's
    static PoolId free(String name, Grant grant) {
        var id = new PoolId(PREFIX + name);
        for (int number = 2; grant.pool(id).isPresent(); number++) {
            id = new PoolId(PREFIX + name + "-" + number);
        }
        return id;
    }
}
