package dev.mvm.guestd;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Poll;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.hostd.ReplyWriter;
import dev.mvm.protocol.hostd.client.LogFrame;
import dev.mvm.protocol.hostd.client.OperationWriter;
import dev.mvm.protocol.hostd.client.StreamFrame;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/// Sends an agent what a VM has printed, and what it prints. An agent that is slow loses bytes, and is told how many.
final class ConsoleReader {
    /// No VM of the instance has printed to this process.
    static final Label NO_LOG = new Label("no_log");

    /// As many agents read consoles of the tenant as may at a time.
    static final Label BUSY = new Label("log_readers_exceeded");

    /// Time for an agent that does not read: its connection is closed then.
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    /// Between two looks whether the agent is still there.
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final UnixStream agent;
    private final OperationWriter frames = new OperationWriter();

    /// @param agent the agent's connection, which the caller closes
    ConsoleReader(UnixStream agent) {
        this.agent = agent;
    }

    void refuse(Label reason) {
        try {
            write(new ReplyWriter().encode(new HostReply.Refused(reason)));
        } catch (ErrnoException e) {
            return; // the agent has closed its connection
        }
    }

    /// Sends what is kept and, to `follow`, all that comes until the VM's end. Returns early when the agent closes its
    /// connection.
    void run(Optional<Console> found, boolean follow) {
        if (found.isEmpty()) {
            refuse(NO_LOG);
            return;
        }
        var console = found.get();
        try {
            write(frames.encode(new LogFrame.Begin().frame()));
            long end = follow ? Long.MAX_VALUE : console.written();
            long at = 0;
            while (at < end && !goneAway()) {
                boolean over = console.ended().isPresent(); // before the last bytes are looked for
                var part = console.from(at, (int) Math.min(end - at, StreamFrame.MAX));
                send(part);
                at = part.next();
                if (part.bytes().length() == 0) {
                    if (over) {
                        break;
                    }
                    console.await(at, LOOK);
                }
            }
            write(frames.encode(new LogFrame.End().frame()));
        } catch (ErrnoException e) {
            return; // the agent has closed its connection, or reads nothing
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Agents send nothing.
    private boolean goneAway() throws ErrnoException {
        return Poll.readable(agent.fd(), Deadline.now());
    }

    private void send(Console.Part part) throws ErrnoException {
        if (part.lost() > 0) {
            write(frames.encode(new LogFrame.Lost(part.lost()).frame()));
        }
        if (part.bytes().length() > 0) {
            write(frames.encode(new LogFrame.Output(part.bytes()).frame()));
        }
    }

    private void write(ByteBuffer frame) throws ErrnoException {
        agent.write(MemorySegment.ofBuffer(frame), Deadline.in(PATIENCE));
    }
}
