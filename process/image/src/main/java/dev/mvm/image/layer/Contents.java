package dev.mvm.image.layer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Contents of files, one after the other in a file without a name: the kernel frees it with the process, also
/// with one that was killed.
final class Contents implements AutoCloseable {
    private final FileChannel file;
    private long end;

    private Contents(FileChannel file) {
        this.file = file;
    }

    static Contents in(Path folder) throws IOException {
        var name = Files.createTempFile(folder, "contents", "");
        try {
            return new Contents(FileChannel.open(name, StandardOpenOption.READ, StandardOpenOption.WRITE));
        } finally {
            Files.delete(name);
        }
    }

    /// Returns the place of `size` bytes, all zero until they are written.
    long reserve(long size) {
        long at = end;
        end += size;
        return at;
    }

    void write(long at, byte[] bytes, int count) throws IOException {
        var buffer = ByteBuffer.wrap(bytes, 0, count);
        for (long to = at; buffer.hasRemaining(); ) {
            to += file.write(buffer, to);
        }
    }

    /// Fills `into` from there.
    void read(long at, ByteBuffer into) throws IOException {
        for (long from = at; into.hasRemaining(); ) {
            int count = file.read(into, from);
            if (count < 0) {
                while (into.hasRemaining()) {
                    into.put((byte) 0); // a hole at the end of the file
                }
            }
            from += count;
        }
    }

    /// Copies `size` bytes from there.
    void copy(long at, long size, WritableByteChannel to) throws IOException {
        if (end > file.size() && end > 0) {
            write(end - 1, new byte[1], 1); // a hole at the end of the file
        }
        for (long done = 0; done < size; ) {
            done += file.transferTo(at + done, size - done, to);
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
