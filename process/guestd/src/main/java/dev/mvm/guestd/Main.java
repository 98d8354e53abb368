package dev.mvm.guestd;

import dev.mvm.linux.notify.InheritedFds;
import dev.mvm.linux.socket.PacketSocket;
import java.io.IOException;

/// `mvm-guestd`, to which the service manager hands hostd's connection, as sd_listen_fds(3) has it. It ends with that.
public final class Main {
    private static final int FAILED = 1;
    private static final int WRONG_USAGE = 2;

    private Main() {}

    public static void main(String[] args) {
        if (args.length != 0) {
            System.err.println("usage: mvm-guestd, started by the service manager");
            System.exit(WRONG_USAGE);
        }
        try {
            var inherited = InheritedFds.take(System.getenv());
            if (inherited.size() != 1) {
                throw new IOException("the service manager has handed over no connection");
            }
            new Lines(PacketSocket.own(inherited.getFirst().fd()), Journal::info).serve();
        } catch (IOException | IllegalArgumentException e) {
            Journal.error("mvm-guestd: " + e.getMessage());
            System.exit(FAILED);
        }
        System.exit(0); // programs' threads may still wait for someone
    }
}
