package dev.mvm.hostd.service;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Poll;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.PacketListener;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.linux.socket.UnixAddress;
import dev.mvm.linux.socket.UnixListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against a service manager that accepts.
@SuppressWarnings("MustBeClosedChecker") // pools and connections end with the test's JVM
final class ConnectionPoolTest {
    private final LinkedBlockingQueue<String> log = new LinkedBlockingQueue<>();

    @TempDir
    private Path folder;

    private Directory directory;
    private UnixListener listener;
    private WakeUp stop;

    @BeforeEach
    void listen() throws Exception {
        directory = Directory.open(folder);
        listener = PacketListener.in(directory, "launch");
        stop = new WakeUp();
    }

    @AfterEach
    void close() {
        listener.close();
        directory.close();
    }

    private PacketSocket accepted() throws Exception {
        return PacketSocket.own(listener.accept(stop).orElseThrow());
    }

    private ConnectionPool pool(int size) throws Exception {
        return new ConnectionPool("launcher", UnixAddress.at(folder.resolve("launch")), size, log::add);
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(60));
    }

    private static void assertConnected(PacketSocket here, PacketSocket there) throws Exception {
        there.send("hello".getBytes(US_ASCII), List.of(), soon());
        assertThat(here.receive(16, 0, soon()).orElseThrow().bytes()).isEqualTo("hello".getBytes(US_ASCII));
    }

    @Test
    void twoWait_theFirstIsTakenAndReplaced() throws Exception {
        var pool = pool(2);
        var first = accepted();
        var second = accepted();
        assertConnected(pool.take(), first);
        accepted().close(); // nobody took anything else: it is the replacement
        assertConnected(pool.take(), second);
    }

    @Test
    void oneThatHasEnded_isNotTaken() throws Exception {
        var pool = pool(2);
        accepted().close();
        accepted(); // by now the first waits
        assertThat(Poll.readable(pool.take().fd(), Deadline.now())).isFalse();
        accepted(); // it is replaced
    }

    @Test
    void oneThatHasRefused_isNotTaken() throws Exception {
        var pool = pool(2);
        accepted().send("error peer 0".getBytes(US_ASCII), List.of(), soon());
        accepted(); // by now the first waits
        assertThat(Poll.readable(pool.take().fd(), Deadline.now())).isFalse();
    }

    @Test
    void withoutAPool_connectsWhenAsked() throws Exception {
        assertConnected(pool(0).take(), accepted());
    }

    @Test
    void nobodyListens_isSaidOnceAndOnlyATakeFails() throws Exception {
        listener.close();
        var pool = pool(2);
        assertThat(log.poll(60, TimeUnit.SECONDS)).isEqualTo("no launcher waits: connect: ECONNREFUSED");
        assertThatThrownBy(pool::take).isInstanceOf(ErrnoException.class).hasMessage("connect: ECONNREFUSED");
        assertThatThrownBy(pool::take).isInstanceOf(ErrnoException.class);
        assertThat(log).isEmpty();
    }
}
