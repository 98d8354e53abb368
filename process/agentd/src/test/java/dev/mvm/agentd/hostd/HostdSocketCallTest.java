package dev.mvm.agentd.hostd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.agentd.metrics.MeasuredHostd;
import dev.mvm.agentd.metrics.Tally;
import dev.mvm.model.Digest;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.HostRequest;
import dev.mvm.protocol.hostd.MalformedFrameException;
import dev.mvm.protocol.hostd.OperationReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Tag;
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
    @Tag("claim-R6")
    void operationsOfAPlan_nameIt_andOthersDoNot() throws Exception {
        var requests = new CopyOnWriteArrayList<HostRequest>();
        script = (channel, frames, codec) -> {
            for (var frame = frames.next(); frame.isPresent(); frame = frames.next()) {
                requests.add(OperationReader.request(frame.get()));
                write(channel, codec.encode(new HostReply.Done()));
            }
        };
        var pause = new HostOperation.PauseInstance(ID);
        var plan = Digest.of(new byte[] {7});
        var other = Digest.of(new byte[] {8});
        try (var hostd = new HostdSocket(dir.resolve("s"))) {
            for (var client :
                    List.of(hostd.under(plan), hostd, hostd.under(plan).under(other))) {
                assertThat(new MeasuredHostd(client, new Tally()).call(pause)).isEqualTo(new HostReply.Done());
            }
            assertThat(new MeasuredHostd(hostd, new Tally()).under(plan).call(pause))
                    .isEqualTo(new HostReply.Done());
        }
        assertThat(requests)
                .containsExactly(
                        new HostRequest(pause, Optional.of(plan)),
                        HostRequest.unplanned(pause),
                        new HostRequest(pause, Optional.of(other)),
                        new HostRequest(pause, Optional.of(plan)));
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
