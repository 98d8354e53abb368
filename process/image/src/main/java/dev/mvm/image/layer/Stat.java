package dev.mvm.image.layer;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A file of this machine as lstat(2) reports it.
///
/// @param links its names
/// @param file device and number, the same for each of its names
/// @param rdev a device's numbers
record Stat(int mode, long uid, long gid, long links, String file, long rdev, long size, ImageTime mtime) {
    private static final String WANTED = "unix:mode,uid,gid,ino,dev,rdev,nlink,size,lastModifiedTime";
    private static final long NANOS = 1_000_000_000;

    /// The kinds of file in `mode`.
    static final int FOLDER = 0040000;

    static final int REGULAR = 0100000;
    static final int SYMLINK = 0120000;
    static final int FIFO = 0010000;
    static final int SOCKET = 0140000;
    static final int CHARACTER_DEVICE = 0020000;

    static Stat of(Path path) throws IOException {
        var found = Files.readAttributes(path, WANTED, NOFOLLOW_LINKS);
        long nanos = found.get("lastModifiedTime") instanceof FileTime time ? time.to(TimeUnit.NANOSECONDS) : 0;
        return new Stat(
                (int) number(found, "mode"),
                number(found, "uid") & 0xffff_ffffL,
                number(found, "gid") & 0xffff_ffffL,
                number(found, "nlink"),
                number(found, "dev") + ":" + number(found, "ino"),
                number(found, "rdev"),
                number(found, "size"),
                ImageTime.of(Math.floorDiv(nanos, NANOS), (int) Math.floorMod(nanos, NANOS)));
    }

    int kind() {
        return mode & 0170000;
    }

    private static long number(Map<String, Object> found, String name) {
        return found.get(name) instanceof Number number ? number.longValue() : 0;
    }
}
