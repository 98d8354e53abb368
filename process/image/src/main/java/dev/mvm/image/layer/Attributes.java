package dev.mvm.image.layer;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Attributes of a file: all that is kept of it besides name and content.
///
/// @param mode permissions with setuid, setgid and sticky bit: 0 to 07777
/// @param uid 0 to 4,294,967,294, as the image says: it is not mapped
/// @param gid as `uid`
/// @param extended extended attributes by name; values are bytes, one character each
/// @param dropped the kind of each extended attribute that was left out
record Attributes(
        int mode, long uid, long gid, ImageTime mtime, SortedMap<String, String> extended, List<String> dropped) {
    /// A folder that only the path of another entry asks for.
    static final Attributes FOLDER = new Attributes(0755, 0, 0, ImageTime.ZERO, new TreeMap<>(), List.of());

    /// A file that mvm adds to an image.
    static final Attributes CONFIG = new Attributes(0444, 0, 0, ImageTime.ZERO, new TreeMap<>(), List.of());

    /// The greatest number of a user or group; the next one means "no change" to the kernel.
    static final long LAST_ID = 0xffff_fffeL;

    /// Sorts extended attributes into kept and dropped ones.
    static Attributes of(int mode, long uid, long gid, ImageTime mtime, Map<String, String> extended) {
        var kept = new TreeMap<String, String>();
        var dropped = new TreeMap<String, String>();
        extended.forEach((name, value) -> {
            var kind = ExtendedNames.droppedKind(name);
            if (kind.isEmpty()) {
                kept.put(name, value);
            } else {
                dropped.put(name, kind.get());
            }
        });
        return new Attributes(mode, uid, gid, mtime, kept, List.copyOf(dropped.values()));
    }

    /// Returns the same without extended attributes, for a hard link: its file has them.
    Attributes withoutExtended() {
        return extended.isEmpty() ? this : new Attributes(mode, uid, gid, mtime, new TreeMap<>(), dropped);
    }
}
