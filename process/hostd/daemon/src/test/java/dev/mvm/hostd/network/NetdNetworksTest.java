package dev.mvm.hostd.network;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.hostd.ServiceSocket;
import dev.mvm.hostd.host.HostFixture;
import dev.mvm.hostd.host.Networks;
import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.model.InterfaceName;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Rates;
import dev.mvm.model.Slot;
import dev.mvm.protocol.netd.Parts;
import dev.mvm.protocol.trust.Ceremony;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// hostd's side of netd, against one that replies what a test says.
final class NetdNetworksTest {
    private static final Slot SLOT = new Slot(new NetId(0), 3);

    private final HostFixture base = new HostFixture();
    private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> replies = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> ended = new LinkedBlockingQueue<>();
    private Set<PoolFlag> flags = Set.of();
    private ServiceSocket netds;
    private NetdNetworks networks;

    @TempDir
    private Path folder;

    @BeforeEach
    void setUp() throws Exception {
        base.running();
        netds = new ServiceSocket(folder, this::serve);
        networks = new NetdNetworks(
                Netd.connect(netds.address(), ended::add),
                Optional.of(new InterfaceName("eth0")),
                base.registry,
                base.trust::installed,
                _ -> flags,
                _ -> new Rates(0, 0, 20, 5000));
    }

    @AfterEach
    void tearDown() throws Exception {
        netds.close();
    }

    /// Replies to each request with the next of the replies; ends with `end`, and says `raw ...` as it stands.
    private void serve(PacketSocket hostd) throws Exception {
        var parts = new Parts();
        for (var next = hostd.receive(Parts.PACKET_BYTES, 1, Deadline.never());
                next.isPresent();
                next = hostd.receive(Parts.PACKET_BYTES, 1, Deadline.never())) {
            try (var packet = next.get()) {
                var request = parts.add(packet.bytes()).orElseThrow();
                requests.add(request.text());
                var reply = replies.take();
                if (reply.equals("end")) {
                    return;
                }
                var packets = reply.startsWith("raw ")
                        ? List.of(reply.substring(4).getBytes(US_ASCII))
                        : Parts.of(request.number(), reply);
                for (var part : packets) {
                    hostd.send(part, List.of(), Deadline.never());
                }
            }
        }
    }

    @Test
    void request_saysAllThatNetworksFollowFrom() throws Exception {
        flags = Set.of(PoolFlag.EGRESS, PoolFlag.STRICT);
        replies.addAll(List.of("done", "done"));
        networks.setUp(base.trust.installed().orElseThrow(), SLOT.net());
        assertThat(requests.take())
                .isEqualTo("up 0\nuplink eth0\nnetwork 0 " + Ceremony.network(0).subnet()
                        + "\nplace 0.3 20 5000 egress\n");
        flags = Set.of(PoolFlag.ISOLATED);
        networks.disconnect(SLOT);
        assertThat(requests.take()).startsWith("disconnect 0.3\n").endsWith("place 0.3 20 5000 isolated\n");
    }

    @Test
    void counts_areThoseOfNetd() throws Exception {
        replies.add("counted\nup 0\ntraffic 0.3 99\nasked 0.3 2");
        assertThat(networks.count(true))
                .isEqualTo(new Networks.Count(Set.of(SLOT.net()), Map.of(SLOT, 99L), Map.of(SLOT, 2L)));
        assertThat(requests.take()).isEqualTo("count all");
    }

    @Test
    void findings_comeInAsManyPacketsAsTheyNeed() throws Exception {
        var line = "\nwrong br-tenant-0\t" + "x".repeat(400);
        replies.add("found" + line.repeat(1_000));
        assertThat(networks.verify(false)).isEqualTo(line.repeat(1_000));
    }

    @Test
    void failure_isThatOfTheStep_withItsNumber() throws Exception {
        replies.add("failed 16 tun: EBUSY");
        assertThatThrownBy(() -> networks.disconnect(SLOT)).isInstanceOfSatisfying(StepException.class, e -> {
            assertThat(e.label().value()).isEqualTo("tap");
            assertThat(e.reply()).hasFieldOrPropertyWithValue("errno", Errno.EBUSY);
        });
        replies.add("absent");
        assertThat(networks.adopt(Ceremony.network(0), SLOT, 1)).isFalse();
    }

    @Test
    void replyToSomethingElse_isAFailure() {
        replies.addAll(List.of("done", "absent"));
        assertThatThrownBy(() -> networks.count(false)).isInstanceOf(StepException.class);
        assertThatThrownBy(() -> networks.verify(true)).isInstanceOf(StepException.class);
        replies.addAll(List.of("absent", "counted", "found"));
        assertThatThrownBy(() -> networks.disconnect(SLOT)).isInstanceOf(StepException.class);
        assertThatThrownBy(() -> networks.adopt(Ceremony.network(0), SLOT, 1)).isInstanceOf(StepException.class);
        assertThatThrownBy(() -> networks.adopt(Ceremony.network(0), SLOT, 1)).isInstanceOf(StepException.class);
    }

    /// hostd then ends as well: what netd knew is gone.
    @Test
    void netdThatEnds_isTold_andWhoWaitsIsAnswered() throws Exception {
        replies.add("end");
        assertThatThrownBy(() -> networks.disconnect(SLOT)).isInstanceOf(StepException.class);
        assertThat(ended.take()).isEqualTo("it has ended");
        assertThatThrownBy(() -> networks.disconnect(SLOT)).isInstanceOf(StepException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"raw hello", "raw 1 last rm", "raw 1 last counted\nup 99999", "raw 1 last findings\n\n"})
    void netdThatSaysSomethingElse_isOver(String reply) throws Exception {
        replies.add(reply);
        assertThatThrownBy(() -> networks.count(false)).isInstanceOf(StepException.class);
        assertThat(ended.take()).startsWith("not a ");
    }

    @Test
    void replyThatNobodyWaitsFor_isDropped() throws Exception {
        replies.add("raw 77 last done");
        var asking = Thread.ofPlatform()
                .daemon()
                .start(() -> assertThatThrownBy(() -> networks.count(false)).isInstanceOf(StepException.class));
        assertThat(requests.take()).isEqualTo("count traffic");
        replies.add("counted");
        assertThat(networks.count(false).up()).isEmpty();
        netds.started.getFirst().shutdown();
        asking.join();
    }
}
