package dev.mvm.keyd.rpc;

import dev.mvm.keyd.release.KeydReason;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.protocol.keyd.service.KeydFrame;
import dev.mvm.protocol.keyd.service.KeydReplies;
import dev.mvm.protocol.keyd.service.KeydReply;
import dev.mvm.protocol.keyd.service.KeydRequests;
import dev.mvm.protocol.keyd.service.MalformedFrameException;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/// Accepts connections at one socket and gives each a platform thread of its own. A bug in an answer costs one
/// connection and no other; so does a client that sends no frame.
public final class KeydServer {
    /// Longest times that clients are waited for.
    static final PeerChannel.Patience PATIENCE =
            new PeerChannel.Patience(Duration.ofMinutes(2), Duration.ofSeconds(20));

    private static final long STACK_BYTES = 512 * 1024;

    private final Door door;
    private final Answers answers;
    private final Consumer<String> journal;
    private final PeerChannel.Patience patience;
    private final Semaphore places;
    private final Set<UnixStream> open = ConcurrentHashMap.newKeySet();

    public KeydServer(Door door, Answers answers, Consumer<String> journal) {
        this(door, answers, journal, PATIENCE);
    }

    KeydServer(Door door, Answers answers, Consumer<String> journal, PeerChannel.Patience patience) {
        this.door = door;
        this.answers = answers;
        this.journal = journal;
        this.patience = patience;
        this.places = new Semaphore(door.connections());
    }

    /// Serves until `stop` is signalled, then closes what is open.
    public void run(WakeUp stop) throws ErrnoException {
        for (Optional<Fd> next = door.listener().accept(stop);
                next.isPresent();
                next = door.listener().accept(stop)) {
            var stream = UnixStream.own(next.get());
            var complaint = complaint(stream);
            if (complaint.isPresent()) {
                answers.turnedAway(KeydReason.WRONG_PEER, complaint.get());
                stream.close();
            } else if (!places.tryAcquire()) {
                answers.turnedAway(
                        KeydReason.TOO_MANY_CONNECTIONS, "there are " + door.connections() + " connections already");
                stream.close();
            } else {
                serve(stream);
            }
        }
        for (var stream : open) {
            stream.shutdown();
        }
    }

    private Optional<String> complaint(UnixStream stream) {
        if (door.uid().isEmpty()) {
            return Optional.empty();
        }
        try {
            int uid = stream.peer().uid();
            return uid == door.uid().getAsInt()
                    ? Optional.empty()
                    : Optional.of("uid " + uid + " is not the coordinator's");
        } catch (ErrnoException e) {
            return Optional.of("it cannot be told who it is: " + e.getMessage());
        }
    }

    private void serve(UnixStream stream) {
        open.add(stream);
        Thread.ofPlatform().name("client").daemon().stackSize(STACK_BYTES).start(() -> {
            try {
                answer(new PeerChannel(stream, patience));
            } finally {
                open.remove(stream);
                stream.close();
                places.release();
            }
        });
    }

    private void answer(PeerChannel channel) {
        int most = door.documentsOnly() ? KeydFrame.MAX_OF_DOCUMENTS : KeydFrame.MAX;
        try {
            channel.next();
            for (var frame = KeydFrame.read(channel, most); frame.isPresent(); frame = KeydFrame.read(channel, most)) {
                var request = KeydRequests.read(frame.get());
                KeydFrame.write(frame(answers.answer(request, door.documentsOnly())), channel);
                channel.next();
            }
        } catch (MalformedFrameException e) {
            journal.accept("connection closed: " + e.getMessage());
        } catch (EOFException e) {
            journal.accept("connection closed by the client inside a frame");
        } catch (IOException e) {
            journal.accept("connection lost: " + e.getMessage());
        } catch (RuntimeException e) {
            journal.accept("connection closed after an error of our own: " + e);
        }
    }

    private static java.nio.ByteBuffer frame(KeydReply reply) {
        return KeydReplies.frame(reply);
    }
}
