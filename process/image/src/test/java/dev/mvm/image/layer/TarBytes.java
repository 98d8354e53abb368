package dev.mvm.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/// Makes tars byte by byte, also those that no tool would write. It shares nothing with the code that reads them.
final class TarBytes {
    static final int MTIME = 1_700_000_000;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final List<String> pax = new ArrayList<>();
    private int mode = -1;
    private long uid;
    private long gid;
    private long mtime = MTIME;
    private long size = -1;

    /// Records for the next entry; values are bytes, one character each.
    TarBytes pax(String key, String value) {
        int rest = key.length() + value.length() + 3;
        int length = rest + Integer.toString(rest).length();
        length = rest + Integer.toString(length).length();
        pax.add(length + " " + key + "=" + value + "\n");
        return this;
    }

    TarBytes xattr(String name, String value) {
        return pax("SCHILY.xattr." + name, value);
    }

    /// The next entry's mode, owner and time.
    TarBytes with(int newMode, long newUid, long newGid, long newMtime) {
        mode = newMode;
        uid = newUid;
        gid = newGid;
        mtime = newMtime;
        return this;
    }

    /// The next entry's size, as its header says.
    TarBytes saying(long newSize) {
        size = newSize;
        return this;
    }

    TarBytes folder(String name) {
        return entry('5', name, "", "");
    }

    TarBytes file(String name, String content) {
        return entry('0', name, "", content);
    }

    TarBytes symlink(String name, String target) {
        return entry('2', name, target, "");
    }

    TarBytes hardlink(String name, String target) {
        return entry('1', name, target, "");
    }

    TarBytes fifo(String name) {
        return entry('6', name, "", "");
    }

    /// @param type `3` for a character device, `4` for a block device
    TarBytes device(char type, String name, int major, int minor) {
        var header = header(type, name, "", 0);
        octal(header, 329, 8, major);
        octal(header, 337, 8, minor);
        return raw(sealed(header), "");
    }

    TarBytes global(String records) {
        return raw(sealed(header('g', "g", "", records.length())), records);
    }

    TarBytes entry(char type, String name, String link, String content) {
        var header = header(type, name, link, size >= 0 ? size : content.length());
        return raw(sealed(header), content);
    }

    /// Returns a header without a checksum; records of `pax` are written before it.
    byte[] header(char type, String name, String link, long length) {
        if (!pax.isEmpty()) {
            var records = String.join("", pax);
            pax.clear();
            raw(sealed(block('x', "PaxHeader", "", records.length(), 0644)), records);
        }
        var block = block(type, name, link, length, mode >= 0 ? mode : type == '5' ? 0755 : 0644);
        with(-1, 0, 0, MTIME).saying(-1);
        return block;
    }

    private byte[] block(char type, String name, String link, long length, int bits) {
        if (name.length() > 100 || link.length() > 100) {
            throw new IllegalArgumentException("the header has no room for it");
        }
        var block = new byte[512];
        put(block, 0, name);
        octal(block, 100, 8, bits);
        octal(block, 108, 8, uid);
        octal(block, 116, 8, gid);
        octal(block, 124, 12, length);
        octal(block, 136, 12, mtime);
        block[156] = (byte) type;
        put(block, 157, link);
        put(block, 257, "ustar\00000root\0");
        put(block, 297, "root");
        return block;
    }

    static void put(byte[] block, int at, String text) {
        var bytes = text.getBytes(ISO_8859_1);
        System.arraycopy(bytes, 0, block, at, bytes.length);
    }

    static void octal(byte[] block, int at, int length, long value) {
        var digits = Long.toOctalString(value);
        put(block, at, "0".repeat(length - 1 - digits.length()) + digits);
    }

    static byte[] sealed(byte[] header) {
        put(header, 148, "        ");
        int sum = 0;
        for (byte octet : header) {
            sum += octet & 0xff;
        }
        octal(header, 148, 8, sum);
        return header;
    }

    TarBytes raw(byte[] header, String content) {
        out.writeBytes(header);
        out.writeBytes(content.getBytes(ISO_8859_1));
        out.writeBytes(new byte[-content.length() & 511]);
        return this;
    }

    byte[] unfinished() {
        return out.toByteArray();
    }

    byte[] bytes() {
        var all = new ByteArrayOutputStream();
        all.writeBytes(out.toByteArray());
        all.writeBytes(new byte[1024]);
        return all.toByteArray();
    }

    static byte[] gzip(byte[] plain) throws IOException {
        var packed = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(packed)) {
            gzip.write(plain);
        }
        return packed.toByteArray();
    }

    Path in(Path folder, String name) throws IOException {
        return Files.write(folder.resolve(name), bytes());
    }
}
