package dev.mvm.guestd;

import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.notify.InheritedFds;
import dev.mvm.linux.socket.PacketSocket;
import java.io.IOException;

/// `mvm-guestd`, with one connection of hostd's as descriptor 3 if the service manager says so in LISTEN_FDS, and else
/// as standard input. It ends with that.
public final class Main {
    private static final int FAILED = 1;
    private static final int WRONG_USAGE = 2;

    private Main() {}

    @SuppressWarnings("MustBeClosedChecker") // open as long as the process is there
    private static PacketSocket connection() throws IOException {
        var inherited = InheritedFds.take(System.getenv());
        return PacketSocket.own(inherited.size() == 1 ? inherited.getFirst().fd() : Fd.own(0));
    }

    public static void main(String[] args) {
        if (args.length != 0) {
            System.err.println("usage: mvm-guestd, started by the service manager");
            System.exit(WRONG_USAGE);
        }
        try {
            new Lines(connection(), Journal::info).serve();
        } catch (IOException | IllegalArgumentException e) {
            Journal.error("mvm-guestd: " + e.getMessage());
            System.exit(FAILED);
        }
        System.exit(0); // programs' threads may still wait for someone
    }
}
