package dev.mvm.guestd;

import dev.mvm.protocol.firecracker.Command;
import dev.mvm.protocol.firecracker.DeviceId;
import dev.mvm.protocol.firecracker.VmmPath;
import dev.mvm.protocol.guestd.VmmCommand;
import java.util.ArrayList;
import java.util.List;

/// The requests that configure a fresh VMM. Size, tap and command line are hostd's; the paths are the launcher's,
/// the same in every jail.
final class VmmConfiguration {
    private static final VmmPath KERNEL = new VmmPath("/kernel");
    private static final VmmPath ROOTFS = new VmmPath("/rootfs");
    private static final VmmPath VSOCK = new VmmPath("/io/v.sock");
    private static final int GUEST_CID = 3;
    private static final DeviceId INTERFACE = new DeviceId("eth0");
    private static final Command VOLUME = new Command.Drive(new DeviceId("data"), new VmmPath("/drive"));

    private VmmConfiguration() {}

    /// Returns the requests in the order in which they are sent.
    static List<Command> requests(VmmCommand.Configure configure) {
        var slot = configure.slot();
        var requests = new ArrayList<Command>(List.of(
                new Command.MachineConfig(configure.vcpus(), configure.memMib()),
                new Command.BootSource(KERNEL, ROOTFS, configure.bootLine()),
                new Command.NetworkInterface(INTERFACE, slot.tap(), slot.mac()),
                new Command.Vsock(GUEST_CID, VSOCK),
                new Command.Entropy()));
        if (configure.volume()) {
            requests.add(VOLUME);
        }
        return requests;
    }
}
