package dev.mvm.keyd.documents;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.store.RootChain;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.util.Map;

/// Trust roots on disk: the pin, the pinned root, and each that followed.
final class RootFiles {
    /// End of the name of every document's file.
    static final String SUFFIX = ".dsse";

    private static final String PIN = "pin";

    private RootFiles() {}

    /// Demands what [#init] demands, and makes nothing.
    static void check(StateFiles files, Verifier verifier, byte[] envelope, Digest pin)
            throws IOException, RefusedException {
        var root = verifier.pinnedRoot(envelope, pin);
        if (!files.all().isEmpty()) {
            throw new IOException("there are documents already: this keyd has been initialised before");
        }
        if (root.value().version() != 1) {
            throw new IOException("version " + root.value().version()
                    + " is not the fleet's first trust root: give version 1, then publish the others");
        }
    }

    /// Makes the directory's first files: the pinned root.
    ///
    /// @throws RefusedException if `envelope` is not the root with this digest, signed by its own threshold
    /// @throws IOException if there are documents already, or it is not the fleet's first root
    static void init(StateFiles files, Verifier verifier, byte[] envelope, Digest pin)
            throws IOException, RefusedException {
        check(files, verifier, envelope, pin);
        files.put(name(1), envelope);
        files.put(PIN, pin.value().getBytes(US_ASCII));
    }

    /// The chain from the pinned root on.
    static RootChain chain(Map<String, byte[]> all, Verifier verifier) throws IOException, RefusedException {
        var pin = all.get(PIN);
        if (pin == null) {
            throw new IOException("there is no trust root: mvm-keyd init --root FILE --pin DIGEST gives one");
        }
        var pinned = all.get(name(1));
        if (pinned == null) {
            throw new IOException("the pinned trust root is missing");
        }
        var chain = RootChain.of(verifier.pinnedRoot(pinned, new Digest(new String(pin, US_ASCII))));
        for (int version = 2; ; version++) {
            var next = all.get(name(version));
            if (next == null) {
                return chain;
            }
            chain = chain.with(next, verifier);
        }
    }

    /// The name of a root's file.
    static String name(int version) {
        return "root-" + version + SUFFIX;
    }
}
