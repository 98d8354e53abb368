package dev.mvm.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.image.ImageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// An access list as tar has it, `user::rw-,user:1000:r--,mask::r--`, as the kernel has it (xattr, version 2).
final class AclText {
    private static final int VERSION = 2;
    private static final long NO_ID = 0xffff_ffffL;
    private static final int USER = 2;
    private static final int GROUP = 8;

    private record Line(int tag, int permissions, long id) {}

    private AclText() {}

    /// Returns the attribute's bytes, one character each.
    ///
    /// @param layer for messages
    /// @throws ImageException for text that is no access list, or that has names for users or groups
    static String binary(String layer, String text) throws ImageException {
        var lines = new ArrayList<Line>();
        for (var part : text.split("[,\n]", -1)) {
            var line = part.replaceFirst("#.*", "").strip();
            if (!line.isEmpty()) {
                lines.add(line(layer, List.of(line.split(":", -1))));
            }
        }
        lines.sort(Comparator.comparingInt(Line::tag).thenComparingLong(Line::id));
        var out = ByteBuffer.allocate(4 + 8 * lines.size()).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(VERSION);
        for (var line : lines) {
            out.putShort((short) line.tag).putShort((short) line.permissions).putInt((int) line.id);
        }
        return new String(out.array(), ISO_8859_1);
    }

    /// One line: tag, name or number, permissions, and sometimes the number behind the name.
    private static Line line(String layer, List<String> fields) throws ImageException {
        if (fields.size() < 3 || fields.size() > 4 || !fields.get(2).matches("[r-][w-][x-]")) {
            throw TarHeader.malformed(layer, "an access list is malformed");
        }
        var named = !fields.get(1).isEmpty();
        int tag = switch (fields.getFirst()) {
            case "user", "u" -> named ? USER : 1;
            case "group", "g" -> named ? GROUP : 4;
            case "mask", "m" -> 0x10;
            case "other", "o" -> 0x20;
            default -> throw TarHeader.malformed(layer, "an access list is malformed");
        };
        long id = tag == USER || tag == GROUP ? id(layer, fields.size() == 4 ? fields.get(3) : fields.get(1)) : NO_ID;
        return new Line(tag, permissions(fields.get(2)), id);
    }

    private static int permissions(String text) {
        return (text.charAt(0) == 'r' ? 4 : 0) | (text.charAt(1) == 'w' ? 2 : 0) | (text.charAt(2) == 'x' ? 1 : 0);
    }

    private static long id(String layer, String text) throws ImageException {
        if (!text.matches("[0-9]{1,10}") || Long.parseLong(text) > Attributes.LAST_ID) {
            throw new ImageException(
                    "acl_by_name", layer + " is refused: an access list has names, not numbers: tar --numeric-owner");
        }
        return Long.parseLong(text);
    }
}
