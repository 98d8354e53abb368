package dev.mvm.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SortedMap;
import java.util.TreeMap;

/// Writes a tar: POSIX ustar, with a PAX header in front of an entry that needs one and of no other. Nothing in
/// it depends on the time, the machine or the user.
final class TarWriter implements AutoCloseable {
    private static final int NAME = 100;
    private static final long LAST_ID = 07777777;
    private static final long LAST_LONG = 0_77777777777L;
    private static final int BUFFER = 1 << 18;
    private static final int SMALL = 1 << 16;

    private final FileChannel out;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);

    private TarWriter(FileChannel out) {
        this.out = out;
    }

    static TarWriter to(Path file) throws IOException {
        return new TarWriter(FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    }

    /// Writes one entry without content.
    ///
    /// @param type as in the header
    /// @param link the target of a link, else empty
    void entry(char type, String path, Attributes attributes, String link) throws IOException {
        headers(type, path, attributes, link, 0);
    }

    /// Writes a regular file.
    void file(String path, Node.RegularFile file, Contents contents) throws IOException {
        headers('0', path, file.attributes(), "", file.size());
        if (file.size() <= SMALL) {
            space((int) file.size());
            buffer.limit(buffer.position() + (int) file.size());
            contents.read(file.at(), buffer);
            buffer.limit(buffer.capacity());
        } else {
            flush();
            contents.copy(file.at(), file.size(), out);
        }
        pad(file.size());
    }

    private void headers(char type, String path, Attributes attributes, String link, long size) throws IOException {
        var records = records(path, attributes, link, size);
        if (!records.isEmpty()) {
            var content = new StringBuilder();
            records.forEach((key, value) -> content.append(record(key, value)));
            var bytes = content.toString().getBytes(ISO_8859_1);
            header('x', "PaxHeader", Attributes.CONFIG, "", bytes.length);
            for (int at = 0; at < bytes.length; at += SMALL) {
                int count = Math.min(SMALL, bytes.length - at);
                space(count);
                buffer.put(bytes, at, count);
            }
            pad(bytes.length);
        }
        header(type, path, attributes, link, size);
    }

    /// Returns what the header has no room for.
    private static SortedMap<String, String> records(String path, Attributes attributes, String link, long size) {
        var records = new TreeMap<String, String>();
        if (path.length() > NAME) {
            records.put("path", path);
        }
        if (link.length() > NAME) {
            records.put("linkpath", link);
        }
        if (size > LAST_LONG) {
            records.put("size", Long.toString(size));
        }
        if (attributes.uid() > LAST_ID) {
            records.put("uid", Long.toString(attributes.uid()));
        }
        if (attributes.gid() > LAST_ID) {
            records.put("gid", Long.toString(attributes.gid()));
        }
        var time = attributes.mtime();
        if (time.nanos() != 0 || time.seconds() > LAST_LONG) {
            var nanos = Integer.toString(1_000_000_000 + time.nanos()).substring(1);
            records.put("mtime", time.seconds() + "." + nanos);
        }
        attributes.extended().forEach((name, value) -> records.put("SCHILY.xattr." + name, value));
        return records;
    }

    /// Returns one PAX record, whose length counts its own digits.
    private static String record(String key, String value) {
        int rest = key.length() + value.length() + 3;
        int length = rest + 1;
        while (rest + Integer.toString(length).length() != length) {
            length = rest + Integer.toString(length).length();
        }
        return length + " " + key + "=" + value + "\n";
    }

    private void header(char type, String path, Attributes attributes, String link, long size) throws IOException {
        var block = new byte[LayerStream.BLOCK];
        put(block, 0, path, NAME);
        number(block, 100, 8, attributes.mode());
        number(block, 108, 8, Math.min(attributes.uid(), LAST_ID));
        number(block, 116, 8, Math.min(attributes.gid(), LAST_ID));
        number(block, 124, 12, Math.min(size, LAST_LONG));
        number(block, 136, 12, Math.min(attributes.mtime().seconds(), LAST_LONG));
        put(block, 148, "        ", 8);
        put(block, 156, String.valueOf(type), 1);
        put(block, 157, link, NAME);
        put(block, 257, "ustar\00000", 8);
        number(block, 329, 8, 0);
        number(block, 337, 8, 0);
        int sum = 0;
        for (byte octet : block) {
            sum += octet & 0xff;
        }
        number(block, 148, 7, sum);
        space(block.length);
        buffer.put(block);
    }

    private static void put(byte[] block, int at, String text, int most) {
        var bytes = text.getBytes(ISO_8859_1);
        System.arraycopy(bytes, 0, block, at, Math.min(bytes.length, most));
    }

    private static void number(byte[] block, int at, int length, long value) {
        long rest = value;
        for (int i = at + length - 2; i >= at; i--) {
            block[i] = (byte) ('0' + (rest & 7));
            rest >>>= 3;
        }
        block[at + length - 1] = 0;
    }

    private void pad(long size) throws IOException {
        int count = (int) (-size & (LayerStream.BLOCK - 1));
        space(count);
        buffer.put(new byte[count]);
    }

    /// Makes room for `count` bytes, at most 64 KiB.
    private void space(int count) throws IOException {
        if (buffer.remaining() < count) {
            flush();
        }
    }

    private void flush() throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            out.write(buffer);
        }
        buffer.clear();
    }

    /// Writes the end, two blocks of zeros.
    void finish() throws IOException {
        space(2 * LayerStream.BLOCK);
        buffer.put(new byte[2 * LayerStream.BLOCK]);
        flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
