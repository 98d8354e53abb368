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

/// The connection to hostd. From the request to the last answer a thread listens, so that a hostd which hangs up ends
/// the process wherever the job is, in a read of the VMM's that would never return too.
final class HostdChannel implements AutoCloseable {
    private static final byte[] GO = SealReply.go();
    private static final byte[] STOP = SealReply.stop();
    private static final int MAX_WORD = 16;

    /// What hostd may say or do now.
    private enum Turn {
        JOB_RUNS,
        GO_IS_AWAITED,
        GO_WAS_SAID,
        ALL_IS_SAID
    }

    private final PacketSocket socket;
    private final Runnable gone;
    private final Thread listener;
    private Turn turn = Turn.JOB_RUNS;
    private Runnable then = () -> {};
    private boolean stopped;
    private Optional<Fd> files = Optional.empty(); // from the beginning to the last word

    /// @param socket stays its owner's
    /// @param gone ends the process, when hostd has hung up or says what it may not
    HostdChannel(PacketSocket socket, Runnable gone) {
        this.socket = socket;
        this.gone = gone;
        this.listener = Thread.ofPlatform().daemon().name("hostd").unstarted(this::hear);
    }

    /// The first packet, the caller's to close; empty if none comes.
    ///
    /// @throws RefusedException `malformed_request` for one that is too long, or brings too many descriptors
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

    /// Begins to listen.
    void listen() {
        listener.start();
    }

    /// Begins to listen, also for `stop`.
    ///
    /// @param device `/dev/fuse`, which the last word takes back to hostd; becomes this object's
    @SuppressWarnings("MustBeClosedChecker") // closed by close()
    void listen(Fd device) {
        files = Optional.of(device);
        listener.start();
    }

    /// `/dev/fuse`, lent until the last word.
    ///
    /// @throws java.util.NoSuchElementException if hostd has not given any
    Fd files() {
        return files.orElseThrow();
    }

    private void hear() {
        while (heard()) {
            // the next packet
        }
    }

    private boolean heard() {
        try (var packet = socket.receive(MAX_WORD, 0, Deadline.never()).orElse(null)) {
            return take(packet == null ? new byte[0] : packet.bytes());
        } catch (ErrnoException _) {
            return take(new byte[0]);
        }
    }

    private synchronized boolean take(byte[] word) {
        if (turn == Turn.ALL_IS_SAID) {
            return false;
        }
        if (Arrays.equals(word, STOP) && files.isPresent()) {
            if (stopped) {
                return true; // hostd has several reasons to say so, which do not know of one another
            }
            stopped = true;
        } else if (Arrays.equals(word, GO) && turn == Turn.GO_IS_AWAITED && !stopped) {
            turn = Turn.GO_WAS_SAID;
        } else {
            gone.run();
            return false;
        }
        then.run();
        return true;
    }

    /// From here on hostd may say `go`, once.
    ///
    /// @param action what to do then, on the thread that listens; as for [#onStop], if hostd says that instead
    synchronized void onGo(Runnable action) {
        turn = Turn.GO_IS_AWAITED;
        onStop(action);
    }

    /// @param action what to do when hostd says `stop`: on the thread that listens, or at once if it has said so. Any
    ///     earlier one is forgotten
    synchronized void onStop(Runnable action) {
        then = action;
        if (stopped) {
            action.run();
        }
    }

    /// What was to be done then is not to be done any more.
    synchronized void forget() {
        then = () -> {};
    }

    /// @throws RefusedException `stopped`, if hostd has said so
    synchronized void checkStopped() throws JobRefusedException {
        if (stopped) {
            throw new JobRefusedException(Code.STOPPED, "by hostd");
        }
    }

    /// Says that the snapshot is authentic and waits until hostd lets it go.
    void authentic() throws IOException {
        var go = new CountDownLatch(1);
        onGo(go::countDown); // before it can be said
        send("authentic");
        try {
            go.await();
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
        checkStopped();
    }

    /// Says that the guest may be resumed.
    void paged() throws IOException {
        send("paged");
    }

    /// Says how it went: the last word, and the first of these counts. `/dev/fuse` goes with it, so nobody may
    /// use that any more. hostd may hang up from here on.
    void conclude(String answer) throws IOException {
        synchronized (this) {
            if (turn == Turn.ALL_IS_SAID) {
                return;
            }
            turn = Turn.ALL_IS_SAID;
        }
        socket.send(answer.getBytes(US_ASCII), files.stream().toList(), Deadline.never());
        files.ifPresent(Fd::close);
    }

    /// Waits until hostd has hung up, or said more than it may, after the last word.
    void awaitEnd() throws IOException {
        try {
            listener.join();
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }

    /// Stops listening. What was said before can still be heard.
    @Override
    public void close() throws IOException {
        files.ifPresent(Fd::close);
        synchronized (this) {
            turn = Turn.ALL_IS_SAID;
        }
        socket.shutdown();
        awaitEnd(); // returns at once if it was never listened to
    }

    private void send(String text) throws IOException {
        socket.send(text.getBytes(US_ASCII), List.of(), Deadline.never());
    }
}
