package dev.mvm.guestd;

import dev.mvm.model.Rates;
import dev.mvm.protocol.firecracker.Command;
import dev.mvm.protocol.firecracker.DeviceId;
import dev.mvm.protocol.firecracker.RateLimit;
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
    private static final DeviceId IMAGE = new DeviceId("image");
    private static final VmmPath IMAGE_FILE = new VmmPath("/image");
    private static final DeviceId VOLUME = new DeviceId("data");
    private static final VmmPath DRIVE = new VmmPath("/drive");
    private static final long MIB = 1 << 20;

    private VmmConfiguration() {}

    /// Returns the requests in the order in which they are sent.
    static List<Command> requests(VmmCommand.Configure configure) {
        var slot = configure.slot();
        var requests = new ArrayList<Command>(List.of(
                new Command.MachineConfig(configure.vcpus(), configure.memMib()),
                new Command.BootSource(KERNEL, ROOTFS, configure.bootLine()),
                new Command.NetworkInterface(INTERFACE, slot.tap(), slot.mac(), network(configure.rates())),
                new Command.Vsock(GUEST_CID, VSOCK),
                new Command.Entropy()));
        if (configure.disks().image()) {
            requests.add(new Command.Drive(IMAGE, IMAGE_FILE, true, disk(configure.rates())));
        }
        if (configure.disks().volume()) {
            requests.add(new Command.Drive(VOLUME, DRIVE, false, disk(configure.rates())));
        }
        return requests;
    }

    /// Returns the requests that let a loaded guest run, in the order in which they are sent.
    static List<Command> requests(VmmCommand.GoOn goOn) {
        var requests = new ArrayList<Command>();
        requests.add(new Command.NetworkLimit(INTERFACE, network(goOn.rates())));
        if (goOn.disks().image()) {
            requests.add(new Command.DriveLimit(IMAGE, disk(goOn.rates())));
        }
        if (goOn.disks().volume()) {
            requests.add(new Command.DriveLimit(VOLUME, disk(goOn.rates())));
        }
        requests.add(new Command.Resume());
        return requests;
    }

    private static RateLimit disk(Rates rates) {
        return new RateLimit(rates.diskMib() * MIB, rates.diskRequests());
    }

    private static RateLimit network(Rates rates) {
        return new RateLimit(rates.netMib() * MIB, rates.netPackets());
    }
}
