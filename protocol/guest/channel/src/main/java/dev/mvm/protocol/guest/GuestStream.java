package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/// A program in a guest, as frames that pass through the host unread. Any thread may call.
public final class GuestStream {
    private static final byte KILL = 9;

    /// First grant for each output of a killed program; the agent's own grants stay that much below the guest's
    /// limit. Output that arrives then is granted again, at most [#MAX_GRANT] at a time.
    private static final int FIRST_GRANT = 16_384;
    private static final int MAX_GRANT = 256 * 1024;

    private final int number;
    private final StreamListener listener;
    private final Monitor monitor;
    private final GuestOutbox outbox;
    private final Consumer<Runnable> thread;

    // guarded by the monitor
    private final int[] owed = {FIRST_GRANT, FIRST_GRANT};
    private boolean killed;
    private boolean over;

    GuestStream(int number, StreamListener listener, Monitor monitor, GuestOutbox outbox, Consumer<Runnable> thread) {
        this.number = number;
        this.listener = listener;
        this.monitor = monitor;
        this.outbox = outbox;
        this.thread = thread;
    }

    /// Returns whether a frame of `type` may be sent on an open stream.
    public static boolean takes(int type) {
        return type >= HostFrames.STDIN && type <= HostFrames.SIGNAL;
    }

    /// Passes a frame on; waits while the guest takes none. No-op after the program's end.
    ///
    /// @param type allowed by [#takes]
    /// @param payload at most 32768 bytes
    public void send(int type, Bytes payload) throws ChannelClosedException, InterruptedException {
        synchronized (monitor) {
            monitor.await(() -> over || killed || outbox.hasRoom());
            if (!over && !killed) {
                outbox.add(HostFrames.frame(type, number, payload.array()));
            }
        }
    }

    /// Kills the program and forgets it: the listener is not called again. Never waits.
    public void kill() {
        synchronized (monitor) {
            if (!over && !killed) {
                killed = true;
                // not refused for want of room: there is one for each stream
                outbox.add(HostFrames.frame(HostFrames.SIGNAL, number, KILL));
                thread.accept(this::drain);
            }
        }
    }

    /// Makes the guest send the output of a killed program, because the guest reports the end only after the last
    /// byte.
    private void drain() {
        synchronized (monitor) {
            while (!over) {
                for (int i = 0; i < owed.length; i++) {
                    if (owed[i] > 0) {
                        outbox.add(HostFrames.window(number, i + 1, owed[i]));
                        owed[i] = 0;
                    }
                }
                monitor.awaitHere(() -> over || (owed[0] + owed[1] > 0 && outbox.hasRoom()));
            }
        }
    }

    /// Takes a frame from the guest. Needs the monitor.
    ///
    /// @return whether the frame is the last one
    boolean receive(int type, ByteBuffer payload) {
        over = type == GuestDecoder.EXIT || type == GuestDecoder.REFUSED;
        if (!killed) {
            if (!listener.frame(type, payload)) {
                kill();
            } else if (over) {
                listener.over(false);
            }
        } else if (type == GuestDecoder.STDOUT || type == GuestDecoder.STDERR) {
            int which = type - GuestDecoder.STDOUT;
            owed[which] = Math.min(MAX_GRANT, owed[which] + payload.remaining());
        }
        monitor.changed();
        return over;
    }

    /// Ends the stream with its channel. Needs the monitor.
    void lose() {
        over = true;
        if (!killed) {
            listener.over(true);
        }
    }
}
