package dev.mvm.guestd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.protocol.guestd.Report;
import java.util.List;

/// Sends reports to hostd. Any thread may call; a call waits while hostd takes none.
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
            over = true; // hostd has gone, and this process ends with the connection
        }
    }

    /// Ends the connection, even while a thread waits in it.
    @Override
    public void close() throws ErrnoException {
        hostd.shutdown();
        synchronized (this) {
            over = true;
            hostd.close();
        }
    }
}
