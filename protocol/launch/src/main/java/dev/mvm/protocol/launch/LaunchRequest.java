package dev.mvm.protocol.launch;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.model.InstanceId;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import java.util.ArrayList;
import java.util.List;

/// A request to become one VM.
public interface LaunchRequest {
    /// Returns the descriptors to send, in their order.
    List<Descriptor> descriptors();

    /// Returns the packet.
    byte[] encode();

    /// Firecracker under the jailer.
    ///
    /// @param resources which become its limits; a disk is its volume
    /// @param image whether the guest has an image
    /// @param rates of which it limits those of the disk
    /// @param rootMib size of the jail's root, 1 to 64
    /// @param strict whether the VMM runs under the installed filter, and not under its own
    record Firecracker(
            InstanceId id, Slot slot, Resources resources, boolean image, Rates rates, int rootMib, boolean strict)
            implements LaunchRequest {
        @Override
        public List<Descriptor> descriptors() {
            var all = new ArrayList<>(List.of(Descriptor.KERNEL, Descriptor.ROOTFS, Descriptor.SNAP));
            if (image) {
                all.add(Descriptor.IMAGE);
            }
            if (resources.diskGib() > 0) {
                all.add(Descriptor.DRIVE);
            }
            return all;
        }

        @Override
        public byte[] encode() {
            return packet(
                    "vmm=firecracker",
                    "id=" + id,
                    "uid=" + slot.uid(),
                    "vcpus=" + resources.vcpus(),
                    "mem=" + resources.memMib(),
                    "root=" + rootMib,
                    "strict=" + (strict ? 1 : 0),
                    "disk_mib=" + rates.diskMib(),
                    "disk_requests=" + rates.diskRequests(),
                    fds(this));
        }
    }

    /// Returns the last line of a packet.
    static String fds(LaunchRequest request) {
        return "fds="
                + String.join(
                        ",",
                        request.descriptors().stream().map(Descriptor::word).toList());
    }

    /// Returns the packet that ends a process, whose pidfd goes with it, and everything in its cgroup. The
    /// launcher then waits for another request.
    static byte[] end() {
        return packet("end");
    }

    /// Returns a packet of these lines.
    static byte[] packet(String... lines) {
        return ("mvm-launch 4\n" + String.join("\n", lines) + "\n").getBytes(US_ASCII);
    }
}
