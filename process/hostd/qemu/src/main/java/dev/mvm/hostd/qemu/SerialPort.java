package dev.mvm.hostd.qemu;

import dev.mvm.hostd.engine.GuestPort;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Poll;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.UnixStream;
import java.time.Duration;
import java.util.Optional;

/// The host's end of a guest's serial port: a socket of QEMU's, which exists as long as QEMU runs.
final class SerialPort implements GuestPort {
    private static final String SOCKET = "guest";
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration AGAIN = Duration.ofMillis(50);

    private final Directory io;

    /// @param io stays its owner's, who closes it while the line's thread may still connect
    @SuppressWarnings("MustBeClosedChecker") // closed by close()
    SerialPort(Directory io) throws ErrnoException {
        this.io = Directory.of(io.fd());
    }

    @Override
    public Optional<UnixStream> next(WakeUp stop) throws ErrnoException {
        Optional<UnixStream> stream = Optional.empty();
        while (stream.isEmpty() && !Poll.readable(stop.fd(), Deadline.in(AGAIN))) {
            stream = connected();
        }
        return stream;
    }

    @SuppressWarnings("MustBeClosedChecker") // the caller owns the connection
    Optional<UnixStream> connected() {
        try {
            return Optional.of(UnixStream.connect(io, SOCKET, Deadline.in(PATIENCE)));
        } catch (ErrnoException e) {
            return Optional.empty(); // QEMU is about to start, or has ended and the caller will signal so
        }
    }

    @Override
    public void close() {
        io.close();
    }
}
