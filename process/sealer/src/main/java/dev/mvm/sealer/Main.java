package dev.mvm.sealer;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.notify.InheritedFds;
import dev.mvm.linux.socket.PacketSocket;
import java.io.IOException;

/// `mvm-sealer`, with one connection of hostd's as descriptor 3 if the service manager says so in LISTEN_FDS, and else
/// as standard input.
public final class Main {
    private static final int FAILED = 1;
    private static final int WRONG_USAGE = 2;

    private Main() {}

    public static void main(String[] args) {
        if (args.length != 0) {
            System.err.println("usage: mvm-sealer, with a connection as descriptor 0 or 3");
            System.exit(WRONG_USAGE);
        }
        try (var connection = connection()) {
            var sealer = new Sealer(new Libcrypto(), Main::log);
            Confinement.enter();
            sealer.serve(connection, () -> Runtime.getRuntime().halt(FAILED));
        } catch (IOException e) {
            log(e.getClass().getSimpleName() + ": " + e.getMessage());
            System.exit(FAILED);
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
