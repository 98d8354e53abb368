package dev.mvm.sealer;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.Poll;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.notify.InheritedFds;
import dev.mvm.linux.socket.PacketSocket;
import java.io.IOException;

/// `mvm-sealer`, with one connection of hostd's as descriptor 3 if the service manager says so in LISTEN_FDS, and
/// else as standard input. `mvm-sealer rehearse` runs the rehearsal and ends, which fills a cache of classes.
public final class Main {
    private static final int FAILED = 1;
    private static final int WRONG_USAGE = 2;

    private Main() {}

    public static void main(String[] args) {
        try {
            if (args.length == 0) {
                serve();
            } else if (args.length == 1 && args[0].equals("rehearse")) {
                new Sealer(new Libcrypto(), Main::log).rehearse(() -> false);
            } else {
                System.err.println("usage: mvm-sealer, with a connection as descriptor 0 or 3, or mvm-sealer rehearse");
                System.exit(WRONG_USAGE);
            }
        } catch (IOException e) {
            log(e.getClass().getSimpleName() + ": " + e.getMessage());
            System.exit(FAILED);
        }
    }

    private static void serve() throws IOException {
        try (var connection = connection()) {
            var sealer = new Sealer(new Libcrypto(), Main::log);
            sealer.rehearse(() -> Poll.readable(connection.fd(), Deadline.now()));
            SealerConfinement.enter();
            sealer.serve(connection, () -> Runtime.getRuntime().halt(FAILED));
        }
    }

    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's
    private static PacketSocket connection() throws IOException {
        var inherited = InheritedFds.take(System.getenv());
        return PacketSocket.own(inherited.size() == 1 ? inherited.getFirst().fd() : Fd.own(0));
    }

    private static void log(String line) {
        System.err.println("mvm-sealer: " + line);
    }
}
