package dev.mvm.guestd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guestd.GuestdRequests;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.HostdFrames;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.hostd.client.LogFrame;
import dev.mvm.protocol.hostd.client.ReplyReader;
import dev.mvm.protocol.hostd.client.StreamFrame;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A guestd that is asked for logs, over the connections that hostd hands over.
final class LogsTest {
    private static final InstanceId INSTANCE = InstanceId.of(1);

    @TempDir
    private Path folder;

    private RunningGuestd guestd;
    private Pipe pipe;

    @BeforeEach
    void start() throws Exception {
        guestd = new RunningGuestd(folder);
        pipe = new Pipe(folder.resolve("console"));
    }

    @AfterEach
    void stop() throws Exception {
        pipe.close();
        guestd.close();
    }

    /// An agent's end of a connection on which logs are read.
    private final class Agent implements AutoCloseable {
        private final UnixStream stream;
        private final HostdFrames frames = new HostdFrames(this::read, ByteBuffer::allocateDirect);

        @SuppressWarnings("MustBeClosedChecker") // closed by close()
        Agent(InstanceId instance, boolean follow) throws IOException {
            try (var pair = UnixPair.streams()) {
                guestd.send(GuestdRequests.logs(instance, follow), List.of(pair.right()));
                stream = UnixStream.own(pair.left().move());
            }
        }

        private int read(ByteBuffer into) throws IOException {
            int read = stream.read(MemorySegment.ofBuffer(into), Deadline.in(RunningGuestd.PATIENCE));
            if (read > 0) {
                into.position(into.position() + read);
            }
            return read;
        }

        LogFrame next() throws IOException {
            return LogFrame.read(StreamFrame.read(frames.next().orElseThrow()));
        }

        HostReply reply() throws IOException {
            return ReplyReader.reply(frames.next().orElseThrow());
        }

        @Override
        public void close() {
            stream.close();
        }
    }

    private static LogFrame output(String text) {
        return new LogFrame.Output(Bytes.of(text.getBytes(UTF_8)));
    }

    private void attach() throws IOException {
        try (var end = pipe.end()) {
            guestd.send(GuestdRequests.console(INSTANCE), List.of(end));
        }
    }

    /// Waits until a VM's output is there.
    private void awaitOutput(String text) throws IOException {
        try (var agent = new Agent(INSTANCE, true)) {
            assertThat(agent.next()).isEqualTo(new LogFrame.Begin());
            assertThat(agent.next()).isEqualTo(output(text));
        }
    }

    @Test
    void whatIsKept_isSent_andThenTheEnd() throws Exception {
        attach();
        try (var agent = new Agent(INSTANCE, false)) { // nothing has been printed, which is no error
            assertThat(agent.next()).isEqualTo(new LogFrame.Begin());
            assertThat(agent.next()).isEqualTo(new LogFrame.End());
        }
        pipe.print("hello\n");
        awaitOutput("hello\n");
        try (var agent = new Agent(INSTANCE, false)) {
            assertThat(agent.next()).isEqualTo(new LogFrame.Begin());
            assertThat(agent.next()).isEqualTo(output("hello\n"));
            assertThat(agent.next()).isEqualTo(new LogFrame.End());
        }
    }

    @Test
    void agentThatFollows_hasEachLineAtOnce_untilTheVmEnds() throws Exception {
        attach();
        try (var agent = new Agent(INSTANCE, true)) {
            assertThat(agent.next()).isEqualTo(new LogFrame.Begin());
            for (var line : List.of("one\n", "two\n")) {
                pipe.print(line);
                assertThat(agent.next()).isEqualTo(output(line));
            }
            pipe.print("three\n");
            pipe.close();
            assertThat(agent.next()).isEqualTo(output("three\n"));
            assertThat(agent.next()).isEqualTo(new LogFrame.End());
        }
    }

    @Test
    void instanceThatHasPrintedNothingHere_hasNoLog() throws Exception {
        try (var agent = new Agent(INSTANCE, true)) {
            assertThat(agent.reply()).isEqualTo(new HostReply.Refused(new Label("no_log")));
        }
    }

    @Test
    @Tag("claim-G7")
    void bytesThatAreNoLongerKept_areCounted() throws Exception {
        attach();
        pipe.print(new byte[Console.MOST + 1000]);
        pipe.close();
        long lost = 0;
        long sent = 0;
        try (var agent = new Agent(INSTANCE, true)) {
            assertThat(agent.next()).isEqualTo(new LogFrame.Begin());
            for (var next = agent.next(); !(next instanceof LogFrame.End); next = agent.next()) {
                switch (next) {
                    case LogFrame.Lost(var bytes) -> lost += bytes;
                    case LogFrame.Output(var bytes) -> sent += bytes.length();
                    default -> throw new AssertionError(next);
                }
            }
        }
        assertThat(lost + sent).isEqualTo(Console.MOST + 1000);
        assertThat(sent).isGreaterThanOrEqualTo(Console.MOST);
    }

    /// Those that have gone make room.
    @Test
    @Tag("claim-G7")
    void agentsThatFollow_areBounded() throws Exception {
        attach();
        var agents = new ArrayList<Agent>();
        for (int i = 0; i < 16; i++) {
            agents.add(new Agent(INSTANCE, true));
            assertThat(agents.getLast().next()).isEqualTo(new LogFrame.Begin());
        }
        try (var more = new Agent(INSTANCE, true)) {
            assertThat(more.reply()).isEqualTo(new HostReply.Refused(new Label("log_readers_exceeded")));
        }
        agents.forEach(Agent::close);
        pipe.print("on\n"); // also wakes those whose agents have gone
        boolean again = false;
        while (!again) {
            try (var agent = new Agent(INSTANCE, false)) {
                again = ReplyReader.isOfAStream(agent.frames.next().orElseThrow());
            }
        }
    }
}
