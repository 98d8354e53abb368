package dev.mvm.agentd.hostd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.MalformedFrameException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/// Calls by the client, against a server that speaks the frames, over a real socket.
final class HostdSocketCallTest extends ScriptedHostd {
    @Test
    void connection_isUsedAgain() throws Exception {
        try (var hostd = new HostdSocket(dir.resolve("s"))) {
            for (int i = 0; i < 20; i++) {
                assertThat(hostd.call(new HostOperation.PauseInstance(ID))).isEqualTo(new HostReply.Done());
            }
        }
        assertThat(connections).hasValue(1);
    }

    @Test
    void brokenConnection_isReported_andTheNextCallWorks() throws Exception {
        try (var hostd = new HostdSocket(dir.resolve("s"))) {
            script = (_, frames, _) -> assertThat(frames.next()).isPresent();
            assertThatThrownBy(() -> hostd.call(new HostOperation.PauseInstance(ID)))
                    .isInstanceOf(IOException.class);
            script = ScriptedHostd::done;
            assertThat(hostd.call(new HostOperation.PauseInstance(ID))).isEqualTo(new HostReply.Done());
        }
    }

    @Test
    void answerThatIsNotInTheProtocol_closesTheConnection() throws Exception {
        script = (channel, frames, _) -> {
            assertThat(frames.next()).isPresent();
            write(channel, ByteBuffer.wrap(new byte[] {0, 0, 0, 2, 9, 9}));
            assertThat(frames.next()).isEmpty();
        };
        try (var hostd = new HostdSocket(dir.resolve("s"))) {
            assertThatThrownBy(() -> hostd.call(new HostOperation.PauseInstance(ID)))
                    .isInstanceOf(MalformedFrameException.class);
        }
    }

    @Test
    void noHostd_isAnIoException() {
        try (var hostd = new HostdSocket(dir.resolve("nobody"))) {
            assertThatThrownBy(() -> hostd.call(new HostOperation.PauseInstance(ID)))
                    .isInstanceOf(IOException.class);
        }
    }
}
