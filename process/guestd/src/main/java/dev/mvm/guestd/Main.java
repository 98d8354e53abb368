package dev.mvm.guestd;

import dev.mvm.linux.notify.InheritedFds;
import dev.mvm.linux.socket.PacketSocket;
import java.io.IOException;

/// `mvm-guestd`, to which the service manager hands hostd's connection, as sd_listen_fds(3) has it. It ends with the
/// connection. `mvm-guestd rehearse` serves each request once, and ends: for a class cache.
public final class Main {
    private static final int FAILED = 1;
    private static final int WRONG_USAGE = 2;

    private Main() {}

    public static void main(String[] args) {
        try {
            if (args.length == 0) {
                serve();
            } else if (args.length == 1 && args[0].equals("rehearse")) {
                GuestdRehearsal.perform();
            } else {
                System.err.println("usage: mvm-guestd, started by the service manager, or mvm-guestd rehearse");
                System.exit(WRONG_USAGE);
            }
        } catch (IOException | IllegalArgumentException e) {
            GuestdJournal.error("mvm-guestd: " + e.getMessage());
            System.exit(FAILED);
        }
        System.exit(0); // programs' threads may still wait
    }

    private static void serve() throws IOException {
        var inherited = InheritedFds.take(System.getenv());
        if (inherited.size() != 1) {
            throw new IOException("the service manager has handed over no connection");
        }
        GuestdConfinement.enter();
        new GuestSessions(PacketSocket.own(inherited.getFirst().fd()), GuestdJournal::info).serve();
    }
}
