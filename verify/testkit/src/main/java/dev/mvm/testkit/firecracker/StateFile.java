package dev.mvm.testkit.firecracker;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.protocol.firecracker.Releases;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// The state of a microVM on disk: of the size of the real one and with a checksum in its last 8 bytes, but of a
/// format of its own.
final class StateFile {
    /// Size of the real one with one drive and one interface, in bytes.
    private static final int SIZE = 12_896;

    private static final int CHECKSUM = 8;

    private StateFile() {}

    /// The number that a version writes into its state files; another one is refused.
    private static String format(FirecrackerVersion version) {
        if (Releases.atLeast(version, "1.17.0")) {
            return "11.0.0";
        }
        return Releases.atLeast(version, "1.16.0") ? "10.0.0" : "9.0.0";
    }

    static void write(Path file, FirecrackerVersion version, Json.Obj config) throws IOException {
        var content = Json.object()
                .put("format", format(version))
                .put("config", config)
                .end()
                .bytes();
        int length = Math.max(SIZE, content.length + CHECKSUM);
        var out = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.fill(out.array(), content.length, length, (byte) ' ');
        out.put(content).position(length - CHECKSUM);
        out.putLong(checksum(out.array()));
        Files.write(file, out.array());
    }

    /// The configuration in a state file.
    static Json.Obj read(Path file, FirecrackerVersion version) throws IOException, FaultException {
        var bytes = Files.readAllBytes(file);
        if (bytes.length < CHECKSUM) {
            throw new FaultException("IO Error: File too short to contain CRC");
        }
        try {
            var content = Arrays.copyOf(bytes, bytes.length - CHECKSUM);
            var state = Json.parseObject(content, JsonLimits.foreign(1 << 20)).fields();
            var format = state.string("format");
            if (!format.equals(format(version))) {
                throw new FaultException("Invalid data version: " + format);
            }
            var stored = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(bytes.length - CHECKSUM);
            if (stored != checksum(bytes)) {
                throw new FaultException("CRC64 validation failed");
            }
            return state.object("config");
        } catch (JsonException e) {
            throw new FaultException("An error occurred during bitcode serialization: bitcode error");
        }
    }

    private static long checksum(byte[] bytes) {
        var crc = new CRC32C();
        crc.update(bytes, 0, bytes.length - CHECKSUM);
        return crc.getValue();
    }
}
