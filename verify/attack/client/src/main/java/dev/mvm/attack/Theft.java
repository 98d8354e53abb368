package dev.mvm.attack;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/// A folder of what a thief has got: each answer, each field of bytes in it as a file of its own, and the payload of
/// what
/// is a signed document. So keys that are searched for are found as they came, and not behind one more Base64.
final class Theft {
    private static final Pattern PAYLOAD = Pattern.compile("\"payload\"\\s*:\\s*\"([A-Za-z0-9+/=]+)\"");

    private final Path folder;
    private int files;

    Theft(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
    }

    /// Keeps an answer of `method`.
    void keep(String method, Message answer) throws IOException {
        write(method, ".answer", answer.toByteArray());
        write(method, ".text", answer.toString().getBytes(UTF_8));
        bytesOf(method, answer);
    }

    private void bytesOf(String method, Message message) throws IOException {
        for (var value : message.getAllFields().values()) {
            for (var each : value instanceof Iterable<?> list ? list : List.of(value)) {
                if (each instanceof Message inner) {
                    bytesOf(method, inner);
                } else if (each instanceof ByteString bytes) {
                    keep(method, bytes.toByteArray());
                }
            }
        }
    }

    /// Keeps bytes that came with an answer of `method`.
    void keep(String method, byte[] bytes) throws IOException {
        write(method, ".bytes", bytes);
        var payload = PAYLOAD.matcher(new String(bytes, UTF_8));
        if (payload.find()) {
            write(method, ".payload", Base64.getDecoder().decode(payload.group(1)));
        }
    }

    private void write(String method, String kind, byte[] bytes) throws IOException {
        Files.write(folder.resolve("%04d-%s%s".formatted(++files, method, kind)), bytes);
    }
}
