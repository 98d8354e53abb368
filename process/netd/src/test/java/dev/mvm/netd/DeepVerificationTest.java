package dev.mvm.netd;

import static dev.mvm.netd.TwoTenants.A;
import static dev.mvm.netd.TwoTenants.A3;
import static dev.mvm.netd.TwoTenants.B;
import static dev.mvm.netd.TwoTenants.B3;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.model.InterfaceName;
import dev.mvm.model.NetId;
import dev.mvm.model.Slot;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A deep verification whose questions are not answered at once.
@SuppressWarnings("MustBeClosedChecker") // closed by tearDown
final class DeepVerificationTest {
    /// The slot that a probe of network 0 takes first.
    private static final Slot PROBED = new Slot(new NetId(0), Slot.LAST);

    private TwoTenants node;
    private Fd a3;

    @BeforeEach
    void setUp() throws Exception {
        node = new TwoTenants();
        a3 = Taps.connect(node.networks, node.all(), A, A3, 0);
    }

    @AfterEach
    void tearDown() throws Exception {
        a3.close();
        node.close();
    }

    @Test
    @Tag("claim-N6")
    void answerThatIsLost_isAskedForAgain() throws Exception {
        lose("{\"quota\":{\"val\":50,\"val_unit\":\"bytes\",\"inv\":false}},"); // an answer has 42
        assertThat(wrong(node.networks.verify(true))).isEmpty();
    }

    @Test
    void whileItWaits_networksAndMachinesGoOn() throws Exception {
        lose("");
        var verification = begun();
        node.networks.setUp(node.all(), new NetId(1));
        Taps.connect(node.networks, node.all(), B, B3, 0).close();
        node.networks.stateChanged(node.all());
        node.networks.disconnect(node.all(), B3);
        assertThat(verification.isDone()).isFalse();
        lose();
        assertThat(wrong(verification.get())).isEmpty();
        assertThat(wrong(node.networks.verify(false))).isEmpty();
    }

    @Test
    void machineThatStartsInTheSlotOfAProbe_hasIt() throws Exception {
        lose("");
        var verification = begun();
        try (var _ = Taps.connect(node.networks, node.all(), A, PROBED, 0)) {
            lose();
            assertThat(wrong(verification.get())).isEmpty();
            assertThat(wrong(node.networks.verify(false))).isEmpty();
            assertThat(node.networks.verify(false)).extracting(Finding::name).contains(PROBED.tap());
        }
    }

    @Test
    void networkThatIsTakenAway_isNotFoundFaulty() throws Exception {
        node.networks.disconnect(node.all(), A3);
        lose("");
        var verification = begun();
        node.networks.stateChanged(node.with(B));
        assertThat(wrong(verification.get())).isEmpty();
        node.networks.stateChanged(node.with(B));
        assertThat(wrong(node.networks.verify(true))).isEmpty();
    }

    /// Nobody of ours has ended that probe.
    @Test
    @Tag("claim-N6")
    void probeWhoseTapSomebodyHasSetDown_isAFinding() throws Exception {
        lose("");
        var verification = begun();
        var end = Deadline.in(Duration.ofMinutes(1));
        while (!node.netlink.link(new InterfaceName(PROBED.tap())).orElseThrow().up()) {
            assertThat(end.isPassed()).isFalse();
            Thread.onSpinWait();
        }
        Guest.ip("link", "set", PROBED.tap(), "down");
        assertThat(wrong(verification.get())).extracting(Finding::name).contains("br-tenant-0 probe");
        lose();
    }

    /// Begins a verification and waits until it asks on network 0.
    private FutureTask<List<Finding>> begun() throws Exception {
        var out = new FutureTask<>(() -> node.networks.verify(true));
        Thread.ofPlatform().start(out);
        var end = Deadline.in(Duration.ofMinutes(1));
        while (node.netlink.link(new InterfaceName(PROBED.tap())).isEmpty()) {
            assertThat(end.isPassed()).isFalse();
            Thread.onSpinWait();
        }
        return out;
    }

    /// Lets the node's answers on network 0 be lost.
    ///
    /// @param which a condition for them, or nothing
    private void lose(String which) throws Exception {
        node.nftables.apply("""
                {"nftables":[{"add":{"table":{"family":"netdev","name":"loss"}}},
                {"add":{"chain":{"family":"netdev","table":"loss","name":"out","type":"filter","hook":"egress",
                "dev":"br-tenant-0","prio":0}}},
                {"add":{"rule":{"family":"netdev","table":"loss","chain":"out","expr":[
                {"match":{"op":"==","left":{"meta":{"key":"protocol"}},"right":"arp"}},
                %s{"drop":null}]}}}]}""".formatted(which).replace("\n", ""));
    }

    /// Lets nothing be lost any more.
    private void lose() throws Exception {
        node.nftables.apply("{\"nftables\":[{\"delete\":{\"table\":{\"family\":\"netdev\",\"name\":\"loss\"}}}]}");
    }

    private static List<Finding> wrong(List<Finding> findings) {
        return findings.stream().filter(finding -> !finding.holds()).toList();
    }
}
