package dev.mvm.protocol.qmp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.function.IntUnaryOperator;

/// A QEMU that says what it was told to say, in pieces of chosen sizes, and then closes, or falls silent where the
/// script has a NUL.
final class ScriptedConnection implements MonitorConnection {
    private final ByteBuffer script;
    private final IntUnaryOperator piece;
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private boolean closed;

    ScriptedConnection(byte[] script, IntUnaryOperator piece) {
        this.script = ByteBuffer.wrap(script);
        this.piece = piece;
    }

    String written() {
        return written.toString(UTF_8);
    }

    boolean isClosed() {
        return closed;
    }

    int unread() {
        return script.remaining();
    }

    @Override
    public int read(ByteBuffer into, long deadline) throws IOException {
        if (!into.hasRemaining()) {
            throw new AssertionError("a read without room");
        }
        if (!script.hasRemaining()) {
            return -1;
        }
        if (script.get(script.position()) == 0) {
            script.get();
            throw new InterruptedIOException("deadline");
        }
        int most = Math.min(Math.clamp(piece.applyAsInt(script.remaining()), 1, script.remaining()), into.remaining());
        int n = 1;
        while (n < most && script.get(script.position() + n) != 0) {
            n++;
        }
        into.put(script.slice(script.position(), n));
        script.position(script.position() + n);
        return n;
    }

    @Override
    public void write(ByteBuffer from, long deadline) {
        while (from.hasRemaining()) {
            written.write(from.get());
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
