package dev.mvm.protocol.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.node.SocketTransport;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/// The agent itself, as a program of this machine: its own loop, sessions and streams, with a Unix socket for a serial
/// port. `mvm.agent.on.socket` names the program, which `make -C native/guest agent` makes.
final class AgentTest extends GuestContract {
    @TempDir
    private Path folder;

    private Process agent;

    @Override
    GuestTransport dial() throws IOException {
        var program = System.getProperty("mvm.agent.on.socket", "");
        assertThat(program).as("-Dmvm.agent.on.socket=PATH").isNotEmpty();
        try (var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(UnixDomainSocketAddress.of(folder.resolve("host")));
            agent = new ProcessBuilder(Path.of(program).toAbsolutePath().toString())
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log").toFile())
                    .start();
            return new SocketTransport(listener.accept());
        }
    }

    @Override
    void hangUp() {
        agent.descendants().forEach(ProcessHandle::destroyForcibly);
        agent.destroyForcibly().onExit().join();
    }
}
