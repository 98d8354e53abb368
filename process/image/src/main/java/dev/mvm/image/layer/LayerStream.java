package dev.mvm.image.layer;

import dev.mvm.image.ImageException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/// The bytes of one layer as plain tar, counted and hashed as they pass.
final class LayerStream implements AutoCloseable {
    static final int BLOCK = 512;
    private static final int BUFFER = 1 << 16;
    private static final int GZIP = 0x1f8b;
    private static final int ZSTD = 0x28b5;

    private final InputStream in;
    private final Budget budget;
    private final String layer;
    private final MessageDigest sha256;

    private LayerStream(InputStream in, Budget budget, String layer) {
        this.in = in;
        this.budget = budget;
        this.layer = layer;
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    /// Opens a layer, gzip or plain.
    ///
    /// @param layer its name in messages, such as `layer 3`
    static LayerStream open(Path file, Budget budget, String layer) throws ImageException, IOException {
        var raw = new BufferedInputStream(new Counted(Files.newInputStream(file), budget), BUFFER);
        try {
            raw.mark(2);
            int magic = (raw.read() << 8) | raw.read();
            raw.reset();
            if (magic == ZSTD) {
                throw new ImageException("layer_zstd", layer + " is refused: zstd has to be made plain before");
            }
            return new LayerStream(magic == GZIP ? new GZIPInputStream(raw, BUFFER) : raw, budget, layer);
        } catch (ZipException | EOFException e) {
            raw.close();
            throw damaged(layer);
        } catch (ImageException | IOException e) {
            raw.close();
            throw e;
        }
    }

    String layer() {
        return layer;
    }

    /// Returns how many bytes came, -1 at the end.
    int read(byte[] into, int length) throws ImageException, IOException {
        return read(into, 0, length);
    }

    private int read(byte[] into, int from, int length) throws ImageException, IOException {
        int count;
        try {
            count = in.read(into, from, length);
        } catch (ZipException | EOFException e) {
            throw damaged(layer);
        }
        if (count > 0) {
            sha256.update(into, from, count);
            budget.expanded(count);
        }
        return count;
    }

    /// Fills `into`, whole blocks. Returns false at the end of the stream, if a block ends there.
    boolean fill(byte[] into) throws ImageException, IOException {
        int have = 0;
        while (have < into.length) {
            int count = read(into, have, into.length - have);
            if (count < 0) {
                if (have == 0) {
                    return false;
                }
                throw truncated();
            }
            have += count;
        }
        return true;
    }

    void skip(long bytes) throws ImageException, IOException {
        var buffer = new byte[BUFFER];
        for (long left = bytes; left > 0; ) {
            int count = read(buffer, (int) Math.min(left, buffer.length));
            if (count < 0) {
                throw truncated();
            }
            left -= count;
        }
    }

    ImageException truncated() {
        return new ImageException("layer_truncated", layer + " is refused: it ends in the middle of an entry");
    }

    private static ImageException damaged(String layer) {
        return new ImageException("layer_damaged", layer + " is refused: its gzip data is damaged or cut");
    }

    /// Reads what is left, and returns the SHA-256 of all in lower-case hexadecimal digits.
    String digestOfAll() throws ImageException, IOException {
        var buffer = new byte[BUFFER];
        while (read(buffer, buffer.length) >= 0) {
            // reading counts and hashes
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /// Tells the budget what comes from the file, from which the ratio is computed.
    private static final class Counted extends FilterInputStream {
        private final Budget budget;

        Counted(InputStream in, Budget budget) {
            super(in);
            this.budget = budget;
        }

        @Override
        public int read() throws IOException {
            int octet = super.read();
            budget.read(octet < 0 ? 0 : 1);
            return octet;
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            int count = super.read(into, from, length);
            budget.read(Math.max(count, 0));
            return count;
        }
    }
}
