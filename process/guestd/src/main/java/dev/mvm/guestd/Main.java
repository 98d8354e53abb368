package dev.mvm.guestd;

import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.socket.PacketSocket;
import java.io.IOException;

/// `mvm-guestd`, with hostd's connection as standard input. It ends with that.
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
            new Lines(PacketSocket.own(Fd.own(0)), Journal::info).serve();
        } catch (IOException | IllegalArgumentException e) {
            Journal.error("mvm-guestd: " + e.getMessage());
            System.exit(FAILED);
        }
        System.exit(0); // programs' threads may still wait for someone
    }
}
