import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.netdev.InterfaceSetting;
import dev.mvm.linux.netdev.MacAddress;
import dev.mvm.linux.netdev.Tap;
import dev.mvm.linux.netlink.InterfaceAddress;
import dev.mvm.linux.netlink.Netlink;
import dev.mvm.linux.nftables.Nftables;
import dev.mvm.model.InterfaceName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;

/// Everything that netd asks of the kernel with its capability, by netd's own classes, in netd's unit in the place
/// of the daemon: each with the capability, and with that taken away. What one needs to begin with is made before.
///
/// A line on standard output for each attempt, fields separated by tabs: `operation`, its name, what is not
/// possible without it, the capability that was taken away or `-`, when it began and ended by the monotonic
/// clock in seconds, and `done` or how it failed.
public final class NetdOperations {
    private static final long NET_ADMIN = 1L << 12; // linux/capability.h
    private static final InterfaceName BRIDGE = new InterfaceName("br-probe");
    private static final InterfaceName TAP = new InterfaceName("tap-probe");

    /// Objects made for an operation; leftovers are removed in reverse order.
    private static final class Scene {
        private final List<Reduced.Act> after = new ArrayList<>();

        <T extends AutoCloseable> T hold(T made) {
            after.add(made::close);
            return made;
        }

        void then(Reduced.Act act) {
            after.add(act);
        }

        void clear() throws Exception {
            Collections.reverse(after);
            for (var act : after) {
                act.run();
            }
        }
    }

    /// Makes what it needs, and returns what is tried.
    private interface Operation {
        Reduced.Act in(Scene scene) throws Exception;
    }

    private NetdOperations() {}

    public static void main(String[] arguments) throws Exception {
        links();
        settings();
        namespaces();
        filter();
        System.out.println("complete");
    }

    private static void attempt(String name, String otherwise, Operation operation) throws Exception {
        for (long without : new long[] {0, NET_ADMIN}) {
            var scene = new Scene();
            var result = "done";
            var act = operation.in(scene);
            long began = System.nanoTime();
            try {
                Reduced.run(NET_ADMIN & ~without, act);
            } catch (ExecutionException e) {
                result = e.getCause().getMessage().replaceFirst(" \\(.*", "");
            }
            long ended = System.nanoTime();
            scene.clear();
            var taken = without == 0 ? "-" : "CAP_NET_ADMIN";
            System.out.println(String.join(
                    "\t", "operation", name, otherwise, taken, seconds(began), seconds(ended), result));
        }
    }

    private static String seconds(long nanos) {
        return "%d.%09d".formatted(nanos / 1_000_000_000, nanos % 1_000_000_000);
    }

    /// In which every link is gone that an operation may have left.
    private static Netlink netlink(Scene scene) throws ErrnoException {
        var netlink = scene.hold(new Netlink());
        scene.then(() -> {
            for (var name : List.of(BRIDGE, TAP)) {
                var left = netlink.link(name);
                if (left.isPresent()) {
                    netlink.delete(left.get().index());
                }
            }
        });
        return netlink;
    }

    private static int tap(Netlink netlink) throws ErrnoException {
        try (var _ = Tap.create(TAP, 0, 0)) {
            return netlink.link(TAP).orElseThrow().index();
        }
    }

    private interface OnLink {
        void run(Netlink netlink, int index) throws Exception;
    }

    private static void onBridge(String name, String otherwise, OnLink act) throws Exception {
        attempt(name, otherwise, scene -> {
            var netlink = netlink(scene);
            int bridge = netlink.createBridge(BRIDGE).index();
            return () -> act.run(netlink, bridge);
        });
    }

    private static void onTap(String name, String otherwise, OnLink act) throws Exception {
        attempt(name, otherwise, scene -> {
            var netlink = netlink(scene);
            int bridge = netlink.createBridge(BRIDGE).index();
            int tap = tap(netlink);
            netlink.setMaster(tap, bridge);
            return () -> act.run(netlink, tap);
        });
    }

    private static void links() throws Exception {
        attempt("rtnetlink RTM_NEWLINK, a bridge", "no tenant gets a bridge", scene -> {
            var netlink = netlink(scene);
            return () -> netlink.createBridge(BRIDGE);
        });
        onBridge(
                "rtnetlink RTM_NEWLINK, address and learning of a bridge",
                "a bridge's address changes with its ports, and it learns from link-local frames",
                (netlink, bridge) -> netlink.setBridge(bridge, new MacAddress(0x02fc_0000_0001L), 1500));
        onBridge("rtnetlink RTM_NEWLINK, up", "bridges and taps stay down", (netlink, bridge) -> netlink.setUp(bridge, true));
        onBridge(
                "rtnetlink RTM_NEWADDR",
                "a tenant has no gateway",
                (netlink, bridge) -> netlink.add(new InterfaceAddress(bridge, 0x0afffe01, 24)));
        attempt("rtnetlink RTM_DELADDR", "a bridge keeps addresses that are not its own", scene -> {
            var netlink = netlink(scene);
            var address = new InterfaceAddress(netlink.createBridge(BRIDGE).index(), 0x0afffe01, 24);
            netlink.add(address);
            return () -> netlink.remove(address);
        });
        attempt("TUNSETIFF", "no microVM gets a tap", scene -> {
            var _ = netlink(scene);
            return () -> Tap.create(TAP, 0, 0).close();
        });
        onTap(
                "rtnetlink RTM_NEWLINK, master",
                "a tap is no port of its tenant's bridge",
                (netlink, tap) -> netlink.setMaster(tap, netlink.link(BRIDGE).orElseThrow().index()));
        onTap("rtnetlink RTM_NEWLINK, MTU", "a tap has another MTU than its bridge", (netlink, tap) -> netlink.setMtu(tap, 1500));
        onTap(
                "rtnetlink RTM_SETLINK, isolated",
                "guests of a pool with `isolated` reach each other",
                (netlink, tap) -> netlink.setIsolated(tap, true));
        onTap("rtnetlink RTM_DELLINK", "a tap outlives its microVM", (netlink, tap) -> netlink.delete(tap));
        attempt("TUNSETPERSIST", "a probe's tap stays", scene -> {
            var _ = netlink(scene);
            var tap = scene.hold(Tap.create(TAP, 0, 0));
            return tap::release;
        });
        onBridge("rtnetlink RTM_GETLINK, RTM_GETADDR", "links are not seen", (netlink, _) -> {
            netlink.links();
            netlink.addresses();
        });
    }

    private static void settings() throws Exception {
        for (var setting : InterfaceSetting.values()) {
            onBridge(
                    "the setting " + setting.name().toLowerCase(Locale.ROOT),
                    setting == InterfaceSetting.FORWARDING ? "tenants reach nothing beyond their bridge" : "a bridge is not set to it",
                    (_, _) -> setting.set(BRIDGE, 1));
        }
    }

    private static void namespaces() throws Exception {
        attempt("rtnetlink RTM_NEWLINK, to another namespace", "a tap stays where the VMM is, unconnected", scene -> {
            var netlink = netlink(scene);
            int tap = tap(netlink);
            var own = scene.hold(Fd.open(Path.of("/proc/self/ns/net"))); // the kernel asks the same for any
            return () -> netlink.move(tap, own);
        });
    }

    private static void filter() throws Exception {
        var nftables = new Nftables();
        var table = "{\"table\":{\"family\":\"inet\",\"name\":\"probe\"}}";
        attempt("nftables, a transaction", "no packet filter: tenants are not kept apart", scene -> {
            scene.then(() -> nftables.apply("{\"nftables\":[{\"add\":%1$s},{\"delete\":%1$s}]}".formatted(table)));
            return () -> nftables.apply("{\"nftables\":[{\"add\":%s}]}".formatted(table));
        });
        attempt("nftables, reading", "the rules in force are not compared with what they must be",
                _ -> () -> nftables.apply("list ruleset"));
    }
}
