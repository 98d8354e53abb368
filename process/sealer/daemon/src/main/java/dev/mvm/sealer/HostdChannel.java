package dev.mvm.sealer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.socket.Packet;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.protocol.sealer.SealReply;
import dev.mvm.sealer.JobRefusedException.Code;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/// The connection to hostd. From the request to the last answer a thread reads it, so that the process ends when
/// hostd closes the connection, even if the job is blocked in a read from the VMM.
final class HostdChannel implements AutoCloseable {
    private static final byte[] GO = SealReply.go();
    private static final byte[] STOP = SealReply.stop();
    private static final int MAX_WORD = 16;

    /// State of the exchange, by which packets of hostd are allowed.
    private enum Turn {
        JOB_RUNS,
        GO_IS_AWAITED,
        GO_HAS_COME,
        CONCLUDED
    }

    private final PacketSocket socket;
    private final Runnable gone;
    private final Thread listener;
    private Turn turn = Turn.JOB_RUNS;
    private Runnable then = () -> {};
    private boolean stopped;
    private Optional<Fd> files = Optional.empty(); // until the last answer

    /// @param socket stays its owner's
    /// @param gone ends the process, when hostd has closed the connection or sends a packet that is not allowed
    HostdChannel(PacketSocket socket, Runnable gone) {
        this.socket = socket;
        this.gone = gone;
        this.listener = Thread.ofPlatform().daemon().name("hostd").unstarted(this::read);
    }

    /// The first packet, the caller's to close; empty if none comes.
    ///
    /// @throws JobRefusedException `malformed_request` for a packet that is too long, or has too many descriptors
    Optional<Packet> request() throws IOException {
        try {
            return socket.receive(SealerRequest.MAX_BYTES, RequestDescriptors.MOST, Deadline.never());
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EMSGSIZE) {
                throw new JobRefusedException(Code.MALFORMED_REQUEST, "the packet: " + e.getMessage());
            }
            throw e;
        }
    }

    /// Starts the thread that reads.
    void listen() {
        listener.start();
    }

    /// Starts the thread that reads, and allows `stop`.
    ///
    /// @param device `/dev/fuse`, which the last answer gives back to hostd; becomes this object's
    @SuppressWarnings("MustBeClosedChecker") // closed by close()
    void listen(Fd device) {
        files = Optional.of(device);
        listener.start();
    }

    /// `/dev/fuse`, lent until the last answer.
    ///
    /// @throws java.util.NoSuchElementException if hostd has not sent it
    Fd files() {
        return files.orElseThrow();
    }

    private void read() {
        while (readOne()) {
            // the next packet
        }
    }

    private boolean readOne() {
        try (var packet = socket.receive(MAX_WORD, 0, Deadline.never()).orElse(null)) {
            return take(packet == null ? new byte[0] : packet.bytes());
        } catch (ErrnoException _) {
            return take(new byte[0]);
        }
    }

    private synchronized boolean take(byte[] word) {
        if (turn == Turn.CONCLUDED) {
            return false;
        }
        if (Arrays.equals(word, STOP) && files.isPresent()) {
            if (stopped) {
                return true; // several threads of hostd send it independently
            }
            stopped = true;
        } else if (Arrays.equals(word, GO) && turn == Turn.GO_IS_AWAITED && !stopped) {
            turn = Turn.GO_HAS_COME;
        } else {
            gone.run();
            return false;
        }
        then.run();
        return true;
    }

    /// Allows one `go` of hostd from here on.
    ///
    /// @param action run then, on the thread that reads; as for [#onStop], if hostd sends `stop` instead
    synchronized void onGo(Runnable action) {
        turn = Turn.GO_IS_AWAITED;
        onStop(action);
    }

    /// Sets the action for `stop`, in the place of an earlier one.
    ///
    /// @param action run when hostd sends `stop`: on the thread that reads, or at once if it has been sent
    synchronized void onStop(Runnable action) {
        then = action;
        if (stopped) {
            action.run();
        }
    }

    /// Clears the action for `go` and `stop`.
    synchronized void forget() {
        then = () -> {};
    }

    /// @throws JobRefusedException `stopped`, if hostd has sent `stop`
    synchronized void checkStopped() throws JobRefusedException {
        if (stopped) {
            throw new JobRefusedException(Code.STOPPED, "by hostd");
        }
    }

    /// Sends that the snapshot is authentic, and waits for `go`.
    ///
    /// @throws JobRefusedException `stopped`, if hostd sends that instead
    void authentic() throws IOException {
        var go = new CountDownLatch(1);
        onGo(go::countDown); // before hostd can answer
        send("authentic");
        try {
            go.await();
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
        checkStopped();
    }

    /// Sends that the guest may be resumed.
    void paged() throws IOException {
        send("paged");
    }

    /// Sends the last answer, once; further calls do nothing. `/dev/fuse` goes with it and must not be used
    /// afterwards. hostd may close the connection from here on.
    void conclude(String answer) throws IOException {
        synchronized (this) {
            if (turn == Turn.CONCLUDED) {
                return;
            }
            turn = Turn.CONCLUDED;
        }
        socket.send(answer.getBytes(US_ASCII), files.stream().toList(), Deadline.never());
        files.ifPresent(Fd::close);
    }

    /// Waits, after the last answer, until hostd has closed the connection or sent a packet that is not allowed.
    void awaitEnd() throws IOException {
        try {
            listener.join();
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }

    /// Stops reading. Packets of before can still be read by the peer.
    @Override
    public void close() throws IOException {
        files.ifPresent(Fd::close);
        synchronized (this) {
            turn = Turn.CONCLUDED;
        }
        socket.shutdown();
        awaitEnd(); // returns at once if the thread was never started
    }

    private void send(String text) throws IOException {
        socket.send(text.getBytes(US_ASCII), List.of(), Deadline.never());
    }
}
