package dev.mvm.netd;

import dev.mvm.linux.netlink.Netlink;
import dev.mvm.linux.nftables.Nftables;
import dev.mvm.linux.notify.InheritedFds;
import dev.mvm.linux.socket.PacketSocket;
import java.io.IOException;

/// `mvm-netd`, to which the service manager hands hostd's connection, as sd_listen_fds(3) has it. It ends with the
/// connection; the networks stay. `mvm-netd rehearse` reads and writes each message once, and ends: for a class cache.
public final class Main {
    private static final int FAILED = 1;
    private static final int WRONG_USAGE = 2;

    private Main() {}

    public static void main(String[] args) {
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> {
            NetdJournal.error("mvm-netd: thread " + thread.getName() + ": " + e);
            Runtime.getRuntime().halt(FAILED); // hostd then ends as well, and both start anew
        });
        try {
            if (args.length == 0) {
                serve();
            } else if (args.length == 1 && args[0].equals("rehearse")) {
                NetdRehearsal.perform();
            } else {
                System.err.println("usage: mvm-netd, started by the service manager, or mvm-netd rehearse");
                System.exit(WRONG_USAGE);
            }
        } catch (IOException | IllegalArgumentException e) {
            NetdJournal.error("mvm-netd: " + e.getMessage());
            System.exit(FAILED);
        }
        System.exit(0); // a verification may still wait for frames
    }

    private static void serve() throws IOException {
        var inherited = InheritedFds.take(System.getenv());
        if (inherited.size() != 1) {
            throw new IOException("the service manager has handed over no connection");
        }
        NetdConfinement.enter();
        try (var hostd = PacketSocket.own(inherited.getFirst().fd());
                var netlink = new Netlink()) {
            var nftables = new Nftables();
            nftables.apply("list tables"); // without it there is no network, and hostd need not begin
            var networks = new LinuxNetworks(netlink, nftables);
            new HostdConnection(hostd, networks, NetdJournal::error).serve();
        }
    }
}
