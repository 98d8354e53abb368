package dev.mvm.hostd.qemu;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.hostd.engine.Engine;
import dev.mvm.hostd.engine.EngineProvider;
import dev.mvm.linux.fd.Directory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Provides QEMU to hostd in dev mode.
public final class QemuEngineProvider implements EngineProvider {
    /// The accelerator, `kvm` or `tcg`. The program that starts hostd has tried it.
    private static final String ACCELERATOR = "mvm.accelerator";

    private static final int MAP_BYTES = 4096;

    /// Called by the service loader.
    public QemuEngineProvider() {}

    @Override
    public Engine open() throws IOException {
        boolean kvm = System.getProperty(ACCELERATOR, "").equals(Accelerator.KVM.word());
        try (var self = Directory.open(Path.of("/proc/self"))) {
            var users = new MappedUsers(new String(self.read("uid_map", MAP_BYTES), US_ASCII));
            return new QemuEngine(kvm ? Accelerator.KVM : Accelerator.TCG, limits(kvm, users), JailUser.current());
        }
    }

    private static List<String> limits(boolean kvm, MappedUsers users) {
        var out = new ArrayList<String>();
        out.add("dev mode: no cgroup limits; a guest is bounded by its VMM's memory size alone");
        out.add("dev mode: VMs run under QEMU, not under Firecracker and its jailer");
        out.add("dev mode: no data volumes; a guest of a pool with disk_gib has no disk");
        out.add("dev mode: of the rates of a pool only those of the network are enforced");
        if (users.none()) {
            out.add("all VMs have the same user id: subordinate ids (/etc/subuid) would give each its own");
        } else if (!users.all()) {
            out.add("VMs of tenants with high net ids share a user id: there are too few in /etc/subuid");
        }
        if (!kvm) {
            out.add("KVM runs no guests here: they are emulated, which is slower");
        }
        return out;
    }
}
