package dev.mvm.crypto.sign;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.crypto.sign.SigningException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/// Small files that only their owner may read.
public final class SecretFile {
    private static final Set<PosixFilePermission> OWNER_ONLY =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private SecretFile() {}

    /// Reads all of it. A file that others than its owner may read is refused.
    ///
    /// @param what it is, for errors: "the key", "the passphrase file"
    public static byte[] read(Path file, String what, int maxBytes) throws SigningException {
        try {
            if (!Files.isRegularFile(file)) {
                throw new NoSuchFileException(file.toString());
            }
            var others = Files.getPosixFilePermissions(file);
            others.removeAll(OWNER_ONLY);
            if (ServiceCredentials.here().handedOver(file)) {
                others.remove(PosixFilePermission.GROUP_READ);
            }
            if (!others.isEmpty()) {
                throw new SigningException(
                        Reason.EXPOSED,
                        "others may read " + what + " " + file + ": chmod 600 it, or better, replace it");
            }
            return content(file, what, maxBytes);
        } catch (NoSuchFileException e) {
            throw new SigningException(Reason.NO_KEY, "no such file: " + file + " (" + what + ")");
        } catch (IOException e) {
            throw new SigningException(Reason.NO_KEY, what + " cannot be read: " + file);
        }
    }

    /// Reads without the buffers of a stream, which would keep what was read.
    private static byte[] content(Path file, String what, int maxBytes) throws SigningException, IOException {
        var buffer = ByteBuffer.allocateDirect(maxBytes + 1);
        try (var channel = FileChannel.open(file)) {
            int read = 0;
            while (read >= 0 && buffer.hasRemaining()) {
                read = channel.read(buffer);
            }
            if (!buffer.hasRemaining()) {
                throw new SigningException(Reason.NOT_A_KEY, what + " is too large to be one: " + file);
            }
            var bytes = new byte[buffer.position()];
            buffer.flip().get(bytes);
            return bytes;
        } finally {
            buffer.clear();
            while (buffer.hasRemaining()) {
                buffer.put((byte) 0);
            }
        }
    }

    /// The first line of a file, in UTF-8, without its end. What was read on the way is wiped.
    static char[] firstLine(Path file, String what, int most) throws SigningException {
        var bytes = read(file, what, 4 * most + 2);
        int end = 0;
        while (end < bytes.length && bytes[end] != '\n' && bytes[end] != '\r') {
            end++;
        }
        CharBuffer chars;
        try {
            chars = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, end));
        } catch (CharacterCodingException e) {
            throw new SigningException(Reason.NO_PASSPHRASE, what + " is not UTF-8: " + file);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
        var out = Arrays.copyOf(chars.array(), chars.limit());
        Arrays.fill(chars.array(), '\0');
        if (out.length == 0 || out.length > most) {
            throw new SigningException(
                    Reason.NO_PASSPHRASE,
                    what + " has to hold 1 to " + most + " characters in its first line: " + file);
        }
        return out;
    }
}
