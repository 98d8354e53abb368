package dev.mvm.hostd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tests of what of this check needs no Landlock domain; the suites on the node machine show the rest.
final class AbstractSocketsTest {
    @TempDir
    private Path folder;

    @Test
    @Tag("claim-H9")
    void startWithoutItsStarter_isSeen() {
        assertThatThrownBy(() -> SelfCheck.abstractSockets(null))
                .isInstanceOf(IOException.class)
                .hasMessage("hostd was not started by mvm-hostd-start");
    }

    /// A socket that lets hostd in, as an abstract one does outside of a domain. A path stands for it: the JDK makes
    /// no others.
    @Test
    @Tag("claim-H9")
    void socketThatIsOpenToHostd_isSeen() throws Exception {
        var path = folder.resolve("socket");
        try (var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(UnixDomainSocketAddress.of(path));
            assertThatThrownBy(() -> SelfCheck.abstractSockets(path.toString()))
                    .hasMessage("those of other processes are open");
        }
    }

    @Test
    void socketThatIsGone_isNoProof() {
        assertThatThrownBy(() -> SelfCheck.abstractSockets("@mvm-hostd-test-of-nobody"))
                .hasMessage("closed to hostd, with ECONNREFUSED");
        assertThat(folder).isEmptyDirectory();
    }
}
