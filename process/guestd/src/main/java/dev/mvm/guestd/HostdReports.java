package dev.mvm.guestd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.protocol.guestd.Report;
import java.util.List;

/// What hostd is told. Any thread may call; a call waits while hostd takes nothing.
final class HostdReports implements AutoCloseable {
    private final PacketSocket hostd;

    @GuardedBy("this")
    private boolean over;

    /// Takes over `hostd`.
    HostdReports(PacketSocket hostd) {
        this.hostd = hostd;
    }

    synchronized void say(Report.Word word, long number) {
        if (over) {
            return;
        }
        try {
            hostd.send((word.text() + " " + number).getBytes(US_ASCII), List.of(), Deadline.never());
        } catch (ErrnoException e) {
            over = true; // hostd is gone, and so will this process be
        }
    }

    /// Ends the connection, also under a thread that waits.
    @Override
    public void close() throws ErrnoException {
        hostd.shutdown();
        synchronized (this) {
            over = true;
            hostd.close();
        }
    }
}
