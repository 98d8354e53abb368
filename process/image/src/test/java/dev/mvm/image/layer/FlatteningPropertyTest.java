package dev.mvm.image.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.image.ImageException;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Layers that are drawn at random, flattened and applied to a model: a flat map of paths, layer after layer.
final class FlatteningPropertyTest {
    private static final int CASES = 600;

    @TempDir
    private Path folder;

    /// One entry of a drawn layer: `kind` is a type of tar, `w` for a whiteout, `o` for an opaque one.
    private record Drawn(char kind, String path, String target) {
        void addTo(TarBytes tar) {
            int slash = path.lastIndexOf('/') + 1;
            switch (kind) {
                case 'w' -> tar.file(path.substring(0, slash) + ".wh." + path.substring(slash), "");
                case 'o' -> tar.file(path.substring(0, slash) + ".wh..wh..opq", "");
                default -> tar.entry(kind, path, target, kind == '0' ? "content of " + target : "");
            }
        }
    }

    private static String path(Draw draw) {
        return String.join("/", draw.list(1, 3, () -> draw.one("a", "b", "c")));
    }

    private static Drawn entry(Draw draw) {
        var path = path(draw);
        return switch (draw.intBetween(0, 7)) {
            case 0, 1 -> new Drawn('0', path, Long.toString(draw.between(0, 999)));
            case 2 -> new Drawn('5', path, "");
            case 3 -> new Drawn('2', path, draw.one("a", "/b", "../c", "a/b", "..", "/", "../../a/c", "./b/."));
            case 4 -> new Drawn('1', path, path(draw));
            case 5, 6 -> new Drawn('w', path, "");
            default -> new Drawn('o', path, "");
        };
    }

    private static TarBytes tar(List<Drawn> layer) {
        var tar = new TarBytes();
        layer.forEach(entry -> entry.addTo(tar));
        return tar;
    }

    private Flat flat;

    @BeforeEach
    void prepare() {
        flat = new Flat(folder);
    }

    private String flattened(List<List<Drawn>> layers) throws Exception {
        try {
            var result = flat.of(layers.stream().map(l -> tar(l).bytes()).toList());
            return result.lines().stream().sorted().collect(Collectors.joining("\n"));
        } catch (ImageException e) {
            return e.code();
        }
    }

    private static String modelled(List<List<Drawn>> layers) {
        var model = new Model();
        try {
            layers.forEach(model::apply);
            return String.join("\n", model.lines());
        } catch (Model.Refused e) {
            return e.getMessage();
        }
    }

    @Test
    void flattening_isApplyingOneLayerAfterTheOther() {
        var seen = new HashSet<String>();
        Property.holds(CASES, draw -> {
            var layers = draw.list(1, 4, () -> draw.list(0, 7, () -> entry(draw)));
            var expected = modelled(layers);
            assertThat(flattened(layers)).isEqualTo(expected);
            seen.add(expected.contains(" ") || expected.contains("/") ? "tree" : expected);
            clear();
        });
        assertThat(seen).contains("tree", "path_through_file", "link_bad", "link_circle");
    }

    @Test
    void theOrderOfWhiteouts_meansNothing() {
        Property.holds(CASES / 3, draw -> {
            var layers = draw.list(1, 3, () -> draw.list(0, 7, () -> entry(draw)));
            var random = new Random(draw.between(0, 1_000));
            var moved = layers.stream().map(layer -> moved(layer, random)).toList();
            assertThat(flattened(moved)).isEqualTo(flattened(layers));
            clear();
        });
    }

    private static List<Drawn> moved(List<Drawn> layer, Random random) {
        var files =
                new ArrayList<>(layer.stream().filter(entry -> entry.kind < 'a').toList());
        var whiteouts = new ArrayList<>(
                layer.stream().filter(entry -> entry.kind >= 'a').toList());
        Collections.shuffle(whiteouts, random);
        whiteouts.forEach(whiteout -> files.add(random.nextInt(files.size() + 1), whiteout));
        return files;
    }

    private void clear() throws Exception {
        try (var files = Files.list(folder)) {
            for (var file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    /// Paths of the image, without links in them, with `/` for a folder, `>target` for a symbolic link, and `number
    /// content` for a file, which two names share.
    private static final class Model {
        private final TreeMap<String, String> items = new TreeMap<>();
        private int files;

        private static final class Refused extends RuntimeException {
            private static final long serialVersionUID = 1L;

            Refused(String code) {
                super(code);
            }
        }

        void apply(List<Drawn> layer) {
            var own = new HashSet<String>();
            layer.stream().filter(entry -> entry.kind != 'o').forEach(entry -> own.add(entry.path));
            var removed = new ArrayList<String>();
            for (var entry : layer) {
                var parent = resolved(parent(entry.path), false, own);
                if (entry.kind == 'o' && isFolder(parent)) {
                    removed.addAll(below(parent));
                } else if (entry.kind == 'w' && isFolder(parent)) {
                    removed.addAll(below(join(parent, name(entry.path))));
                    removed.add(join(parent, name(entry.path)));
                }
            }
            removed.forEach(items::remove);
            layer.stream().filter(entry -> entry.kind < 'a').forEach(this::put);
        }

        private void put(Drawn entry) {
            var target = entry.kind == '1' ? linked(entry.target) : "";
            var parent = resolved(parent(entry.path), true, Set.of());
            if (!isFolder(parent)) {
                throw new Refused("path_through_file");
            }
            var path = join(parent, name(entry.path));
            if (entry.kind == '5' && isFolder(path)) {
                return;
            }
            below(path).forEach(items::remove);
            items.put(
                    path,
                    switch (entry.kind) {
                        case '5' -> "/";
                        case '2' -> ">" + entry.target;
                        case '1' -> target;
                        default -> ++files + " content of " + entry.target;
                    });
        }

        /// A link to a link gets a number too, so that both are seen to be one.
        private String linked(String raw) {
            var parent = resolved(parent(raw), false, Set.of());
            var path = join(parent, name(raw));
            if (!isFolder(parent) || !items.containsKey(path) || isFolder(path)) {
                throw new Refused("link_bad");
            }
            if (items.get(path).startsWith(">") && !items.get(path).contains("#")) {
                items.computeIfPresent(path, (_, link) -> link + "#" + ++files);
            }
            return items.get(path);
        }

        private boolean isFolder(String path) {
            return path.isEmpty() || "/".equals(items.get(path));
        }

        private List<String> below(String path) {
            return items.keySet().stream()
                    .filter(item -> path.isEmpty() || item.startsWith(path + "/"))
                    .toList();
        }

        /// Returns a path without links, `?` where nothing is there or a link of `barred` is in the way.
        private String resolved(String path, boolean making, Set<String> barred) {
            var todo = new ArrayList<>(List.of(path.split("/", -1)));
            var at = "";
            for (int links = 0; !todo.isEmpty(); ) {
                var part = todo.removeFirst();
                var next = join(at, part);
                if (part.isEmpty() || part.equals(".")) {
                    continue;
                }
                if (part.equals("..")) {
                    at = parent(at);
                } else if (items.getOrDefault(next, "").startsWith(">")) {
                    if (barred.contains(next)) {
                        return "?";
                    }
                    if (++links > 40) {
                        throw new Refused("link_circle");
                    }
                    var target = items.get(next).substring(1).replaceFirst("#.*", "");
                    at = target.startsWith("/") ? "" : at;
                    todo.addAll(0, List.of(target.split("/", -1)));
                } else if (isFolder(next) || (making && !items.containsKey(next))) {
                    items.put(next, "/");
                    at = next;
                } else {
                    return "?";
                }
            }
            return at;
        }

        private static String join(String folder, String name) {
            return folder.isEmpty() ? name : folder + "/" + name;
        }

        private static String parent(String path) {
            return path.contains("/") ? path.substring(0, path.lastIndexOf('/')) : "";
        }

        private static String name(String path) {
            return path.substring(path.lastIndexOf('/') + 1);
        }

        List<String> lines() {
            var first = new TreeMap<String, String>();
            var out = new ArrayList<String>();
            var sorted = new ArrayList<>(items.keySet());
            sorted.sort(Comparator.comparing(path -> path.replace('/', '\0')));
            for (var path : sorted) {
                var item = items.get(path);
                var other = item.equals("/") || (item.startsWith(">") && !item.contains("#"))
                        ? null
                        : first.putIfAbsent(item, path);
                if (other != null) {
                    out.add(path + " = " + other);
                } else if (item.equals("/")) {
                    out.add(path + "/");
                } else if (item.startsWith(">")) {
                    out.add(path + " -> " + item.substring(1).replaceFirst("#.*", ""));
                } else {
                    out.add(path + item.substring(item.indexOf(' ')));
                }
            }
            out.sort(Comparator.naturalOrder());
            return out;
        }
    }
}
