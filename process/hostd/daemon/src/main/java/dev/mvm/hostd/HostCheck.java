package dev.mvm.hostd;

import static dev.mvm.hostd.SelfCheck.expect;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.hostd.key.NodeIdentity;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The part of [SelfCheck] that is about the host: what microVMs will need, and what must not be in their way.
final class HostCheck {
    private static final String AHEAD =
            "cgroups,jailer,firecracker,advisories,fuse,device-mapper,nftables,hostd,launch,netd,guestd,sealer,volume,key"
                    + " at rest,room,user ids";

    private final HostdConfig config;

    HostCheck(HostdConfig config) {
        this.config = config;
    }

    void look(SelfCheck check) {
        if (config.hardened()) {
            seenAhead(Path.of("/run/mvm-hostd/host"), check);
        }
        check.look("node key", "run mvm-node bootstrap, or mvm-hostd make-node-key", this::nodeKey);
        check.look("secret memory", "set LimitMEMLOCK= of mvm-hostd.service as installed", () -> {
            try (var memory = SecretMemory.allocate(1)) {
                return memory.means();
            }
        });
    }

    /// Takes over what `mvm-node look` has found ahead of this start, which this process could not see: in each line a
    /// name, `good` or `wrong`, the finding and what to do about it, separated by tabs.
    static void seenAhead(Path file, SelfCheck check) {
        check.look("host", "start it by the unit as installed: systemctl revert mvm-hostd.service", () -> {
            var missing = new ArrayList<>(List.of(AHEAD.split(",", -1)));
            for (var line : Files.readAllLines(file, ISO_8859_1)) {
                var fields = line.split("\t", -1);
                expect(fields.length == 4 && missing.remove(fields[0]), file + " has an invalid line");
                check.look(fields[0], fields[3], () -> expect(fields[1].equals("good"), fields[2]));
            }
            expect(missing.isEmpty(), file + " lacks " + String.join(", ", missing));
            return "looked at by mvm-node before this start";
        });
    }

    private String nodeKey() throws IOException {
        try (var keys = Layout.keys(config, false)) {
            var identity = new NodeIdentity(keys, new Libcrypto());
            expect(identity.exists(), "it is missing");
            return "named " + identity.publicHalf().id();
        }
    }
}
