package dev.mvm.hostd;

import dev.mvm.hostd.host.StepException;
import dev.mvm.protocol.trust.RefusedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// `mvm-hostd --config FILE`, with its listening socket as standard input.
///
/// `mvm-hostd make-node-key --config FILE` makes the node's key if it is missing, and prints its public half.
public final class Main {
    private static final int FAILED = 1;
    private static final int WRONG_USAGE = 2;

    private Main() {}

    public static void main(String[] args) {
        boolean makeKey = args.length == 3 && args[0].equals("make-node-key");
        if (!(makeKey || args.length == 2) || !args[args.length - 2].equals("--config")) {
            System.err.println("usage: mvm-hostd [make-node-key] --config FILE");
            System.exit(WRONG_USAGE);
        }
        Thread.setDefaultUncaughtExceptionHandler(Main::uncaught);
        try {
            var file = Path.of(args[args.length - 1]);
            var config = HostdConfig.parse(Files.readAllBytes(file), file.toString());
            if (makeKey) {
                System.out.println(Daemon.nodeKey(config));
            } else {
                Daemon.start(config).serve();
            }
        } catch (HostdConfig.ConfigException | RefusedException | UncheckedIOException e) {
            fail(String.valueOf(e.getMessage()));
        } catch (NoSuchFileException e) {
            fail("no such file: " + e.getFile());
        } catch (IOException | StepException e) {
            fail(e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }

    /// Ends hostd on an error: what the thread was doing is half done, and the next start finishes it.
    static void uncaught(Thread thread, Throwable e) {
        Journal.error("mvm-hostd: thread " + thread.getName() + ": " + e);
        if (e instanceof Error) {
            Runtime.getRuntime().halt(FAILED);
        }
    }

    private static void fail(String why) {
        why.lines().forEach(line -> Journal.error("mvm-hostd: " + line));
        Journal.outOfService(Journal.OUT_OF_SERVICE, why);
        System.exit(FAILED);
    }
}
