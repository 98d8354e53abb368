package dev.mvm.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.mvm.image.ImageException;
import dev.mvm.image.Limits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Flattens layers in a folder of the test, and shows the result as lines.
final class Flat {
    static final Extra CONFIG = Extra.config("{}".getBytes(UTF_8));

    private final Path folder;
    private Limits limits = Limits.STANDARD;
    private int runs;

    Flat(Path folder) {
        this.folder = folder;
    }

    Flat within(Limits newLimits) {
        limits = newLimits;
        return this;
    }

    /// The image that was made of layers.
    ///
    /// @param entries by path, without mvm's own
    record Result(Map<String, TarEntry> entries, Map<String, String> contents, Flattened flattened, ByteBuffer tar) {
        List<String> paths() {
            return List.copyOf(entries.keySet());
        }

        /// `path content`, `path/`, `path -> target`, `path = other name`, `path |`
        List<String> lines() {
            return entries.entrySet().stream()
                    .filter(entry -> !entry.getKey().isEmpty())
                    .map(entry -> line(entry.getKey(), entry.getValue()))
                    .collect(Collectors.toList());
        }

        private String line(String path, TarEntry entry) {
            return switch (entry.kind()) {
                case FILE -> path + " " + contents.get(path);
                case FOLDER -> path + "/";
                case SYMLINK -> path + " -> " + entry.link();
                case HARDLINK -> path + " = " + entry.link();
                case FIFO -> path + " |";
                case DEVICE -> path + " device";
            };
        }

        Attributes attributes(String path) {
            return entries.get(path).attributes();
        }
    }

    Result of(TarBytes... layers) throws ImageException, IOException {
        var all = new ArrayList<byte[]>();
        for (var layer : layers) {
            all.add(layer.bytes());
        }
        return of(all);
    }

    Result of(List<byte[]> layers) throws ImageException, IOException {
        try (var merged = merged(layers)) {
            return written(merged);
        }
    }

    Merged merged(List<byte[]> layers) throws ImageException, IOException {
        var files = new ArrayList<Path>();
        for (var layer : layers) {
            files.add(Files.write(folder.resolve("layer-" + runs + "-" + files.size()), layer));
        }
        runs++;
        return Flattener.merge(files, limits, folder);
    }

    Result written(Merged merged) throws ImageException, IOException {
        var tar = folder.resolve("out-" + runs++);
        var flattened = merged.write(CONFIG, tar);
        return read(tar, flattened);
    }

    private static Result read(Path tar, Flattened flattened) throws ImageException, IOException {
        var entries = new TreeMap<String, TarEntry>();
        var contents = new TreeMap<String, String>();
        var budget = new Budget(Limits.STANDARD);
        try (var in = LayerStream.open(tar, budget, "the result");
                var store = Contents.in(tar.toAbsolutePath().getParent())) {
            var reader = new TarReader(in, budget);
            for (var entry = reader.next(); entry != null; entry = reader.next()) {
                if (!entry.path().equals(".mvm") && !entry.path().equals(".mvm/config")) {
                    entries.put(entry.path(), entry);
                    var content = ByteBuffer.allocate((int) entry.content().size());
                    store.read(reader.copyContent(entry.content(), store), content);
                    contents.put(entry.path(), new String(content.array(), ISO_8859_1));
                }
            }
        }
        return new Result(entries, contents, flattened, ByteBuffer.wrap(Files.readAllBytes(tar)));
    }

    /// Returns the reason code with which layers are refused.
    String refusal(TarBytes... layers) {
        return refusalOf(List.of(layers).stream().map(TarBytes::bytes).toList());
    }

    String refusalOf(List<byte[]> layers) {
        var refused = catchThrowableOfType(ImageException.class, () -> of(layers));
        if (refused == null) {
            throw new AssertionError("was not refused");
        }
        if (refused.line().isBlank() || refused.line().chars().anyMatch(c -> c < ' ' || c > '~')) {
            throw new AssertionError("not one clear line: " + refused.line());
        }
        return refused.code();
    }
}
