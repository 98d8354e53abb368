package dev.mvm.image.layer;

import dev.mvm.image.ImageException;
import java.util.ArrayList;
import java.util.List;

/// Paths of entries, bytes as characters, and their bounds.
final class EntryPath {
    /// Most bytes of a path: Linux's PATH_MAX without the zero byte.
    static final int MOST = 4_095;

    static final int MOST_OF_NAME = 255;

    private EntryPath() {}

    /// Returns the path without slashes at its ends, empty parts and `.`: a leading slash means the image's root.
    ///
    /// @throws ImageException for `..`, a zero byte, or more bytes than Linux takes
    static String of(String layer, String raw) throws ImageException {
        var parts = new ArrayList<String>();
        for (var part : raw.split("/", -1)) {
            if (part.equals("..")) {
                throw new ImageException("path_outside", layer + " is refused: a path has .. in it: " + shown(raw));
            }
            if (part.length() > MOST_OF_NAME || part.indexOf('\0') >= 0) {
                throw bad(layer, raw);
            }
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        var path = String.join("/", parts);
        if (path.length() > MOST) {
            throw bad(layer, raw);
        }
        return path;
    }

    /// Returns a symbolic link's target, as it is.
    static String target(String layer, String raw) throws ImageException {
        if (raw.isEmpty() || raw.length() > MOST || raw.indexOf('\0') >= 0) {
            throw bad(layer, raw);
        }
        return raw;
    }

    static ImageException bad(String layer, String raw) {
        return new ImageException(
                "path_bad", layer + " is refused: a path is empty, too long or has a zero byte: " + shown(raw));
    }

    static List<String> parts(String path) {
        return path.isEmpty() ? List.of() : List.of(path.split("/", -1));
    }

    static String parent(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }

    static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /// Returns the beginning of a path for a message.
    static String shown(String path) {
        var ascii = path.replaceAll("[^ -~]", "?");
        return ascii.length() <= 80 ? ascii : ascii.substring(0, 80) + "...";
    }
}
