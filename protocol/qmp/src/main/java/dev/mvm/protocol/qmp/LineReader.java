package dev.mvm.protocol.qmp;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.protocol.qmp.QmpAnswer.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Lines of JSON objects from a connection. What comes after a line waits for the next call.
final class LineReader {
    /// The longest answer to a command of ours is about 1 KiB.
    static final int LINE_MAX = 65_536;

    private final MonitorConnection connection;
    private final ByteBuffer buffer = ByteBuffer.allocate(LINE_MAX);
    private int searched;

    LineReader(MonitorConnection connection) {
        this.connection = connection;
    }

    /// The next line's object.
    ///
    /// @throws java.io.InterruptedIOException when the deadline has passed; what has come of a line is kept
    Json.Obj next(long deadline) throws IOException, BrokenMonitorException {
        while (true) {
            for (; searched < buffer.position(); searched++) {
                if (buffer.get(searched) == '\n') {
                    return object(take(searched));
                }
            }
            if (!buffer.hasRemaining()) {
                throw new BrokenMonitorException(Reason.TOO_LARGE);
            }
            if (connection.read(buffer, deadline) < 0) {
                throw new BrokenMonitorException(Reason.CLOSED);
            }
        }
    }

    private byte[] take(int end) {
        var line = new byte[end];
        buffer.flip().get(line).get(); // and the line feed
        buffer.compact();
        searched = 0;
        return line;
    }

    private static Json.Obj object(byte[] line) throws BrokenMonitorException {
        try {
            return Json.parseObject(line, JsonLimits.foreign(LINE_MAX));
        } catch (JsonException e) {
            throw new BrokenMonitorException(Reason.MALFORMED);
        }
    }
}
