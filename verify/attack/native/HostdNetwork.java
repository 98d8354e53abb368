import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Attempts of a thread in hostd to get at the network of the node: by itself, and by a netd.
final class HostdNetwork {
    private HostdNetwork() {}

    /// Tenants' networks are in the network of the node, which another process has.
    static void alone(Attempts by) {
        by.say(!capable(), "have a capability", "the sets of this thread");
        try (var lines = Files.lines(Path.of("/proc/thread-self/net/dev"))) {
            var names = lines.skip(2).map(line -> line.strip().replaceFirst(":.*", "")).toList();
            by.say(names.equals(List.of("lo")), "see an interface of the node's", String.join(" ", names));
        } catch (IOException e) {
            by.say(false, "look at its interfaces", e.toString());
        }
        int families = Attempts.EAFNOSUPPORT;
        by.refused("rtnetlink", by.call(41, 16, 3, 0), Attempts.EPERM, families);
        by.refused("nftables", by.call(41, 16, 3, 12), Attempts.EPERM, families);
        by.refused("open tun", by.call(257, -100, "/dev/net/tun", 2), Attempts.EPERM, Attempts.ENOENT, Attempts.EACCES);
        // without a filter EBADF
        by.refused("make a tap", by.call(16, -1, 0x400454caL, by.arena.allocate(40, 8)), Attempts.EPERM);
        for (var setting : List.of("ip_forward", "conf/all/forwarding")) {
            long opened = by.call(257, -100, "/proc/sys/net/ipv4/" + setting, 1);
            by.refused("write " + setting, opened, Attempts.EROFS, Attempts.EACCES);
        }
    }

    private static boolean capable() {
        try (var lines = Files.lines(Path.of("/proc/thread-self/status"))) {
            return lines.filter(line -> line.startsWith("Cap")).anyMatch(line -> !line.matches("Cap...:\\s0+"));
        } catch (IOException e) {
            return true;
        }
    }

    /// Asks for a netd beside hostd's own, which would write the same rules. There is one at a time.
    static void byNetd(Attempts by) {
        long connection = by.call(41, 1, Attempts.SOCK_SEQPACKET, 0);
        boolean connected = by.call(42, connection, by.address("/run/mvm-root/netd.sock"), 110) == 0;
        var answer = connected ? by.asked(connection, "1 last count traffic") : "";
        by.say(!answer.startsWith("1 last "), "have a netd beside the one that hostd has", answer);
        by.call(3, connection);
    }
}
