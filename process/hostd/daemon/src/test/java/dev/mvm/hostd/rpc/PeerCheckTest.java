package dev.mvm.hostd.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.UnixAddress;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.linux.socket.UnixStream;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against a real connection, whose other end is this process.
final class PeerCheckTest {
    @TempDir
    private Path folder;

    private Optional<String> complaint(int uid, Optional<String> cgroup) throws Exception {
        var address = UnixAddress.at(folder.resolve("socket"));
        try (var directory = Directory.open(folder);
                var listener = UnixListener.streams(directory, "socket", 0600);
                var stop = new WakeUp();
                var client = UnixStream.connect(address, Deadline.never());
                var server = UnixStream.own(listener.accept(stop).orElseThrow())) {
            assertThat(client).isNotNull();
            return new PeerCheck(uid, cgroup).complaint(server);
        }
    }

    private static int ownUid() throws Exception {
        return (int) java.nio.file.Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    }

    @Test
    void agent_isServed() throws Exception {
        assertThat(complaint(ownUid(), Optional.empty())).isEmpty();
    }

    @Test
    @Tag("claim-H2")
    void anotherUser_isNotServed() throws Exception {
        assertThat(complaint(ownUid() + 1, Optional.empty())).contains("uid " + ownUid() + " is not the agent's");
    }

    @Test
    @Tag("claim-H2")
    void agentsUserInAnotherService_isNotServed() throws Exception {
        assertThat(complaint(ownUid(), Optional.of("/system.slice/mvm-agentd.service")))
                .isPresent();
    }
}
