package dev.mvm.protocol.firecracker;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.function.IntUnaryOperator;

/// A VMM that says what it was told to say, in pieces of chosen sizes, and then closes or falls silent.
final class ScriptedConnection implements FirecrackerConnection {
    private final ByteBuffer script;
    private final IntUnaryOperator piece;
    private final boolean silentAtEnd;
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    private ScriptedConnection(byte[] script, IntUnaryOperator piece, boolean silentAtEnd) {
        this.script = ByteBuffer.wrap(script);
        this.piece = piece;
        this.silentAtEnd = silentAtEnd;
    }

    /// Says `script`, at most `piece` of what is left bytes at a time, and closes.
    static ScriptedConnection closing(byte[] script, IntUnaryOperator piece) {
        return new ScriptedConnection(script, piece, false);
    }

    /// Says `script` and nothing more until any deadline.
    static ScriptedConnection silent(byte[] script) {
        return new ScriptedConnection(script, left -> left, true);
    }

    byte[] written() {
        return written.toByteArray();
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
            if (silentAtEnd) {
                throw new InterruptedIOException("deadline");
            }
            return -1;
        }
        int n = Math.min(Math.clamp(piece.applyAsInt(script.remaining()), 1, script.remaining()), into.remaining());
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
}
