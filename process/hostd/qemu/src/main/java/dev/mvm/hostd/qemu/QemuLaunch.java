package dev.mvm.hostd.qemu;

import dev.mvm.model.InstanceId;
import dev.mvm.model.Ipv4;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.launch.Descriptor;
import dev.mvm.protocol.launch.LaunchRequest;
import dev.mvm.protocol.trust.Revision;
import java.util.List;
import java.util.Optional;

/// A request to the launcher to become QEMU, in dev mode.
record QemuLaunch(
        InstanceId id,
        Slot slot,
        TenantNet network,
        Resources resources,
        Optional<Revision.Image> image,
        Accelerator accelerator,
        boolean resume)
        implements LaunchRequest {
    @Override
    public List<Descriptor> descriptors() {
        return image.isPresent()
                ? List.of(Descriptor.KERNEL, Descriptor.ROOTFS, Descriptor.IMAGE)
                : List.of(Descriptor.KERNEL, Descriptor.ROOTFS);
    }

    @Override
    public byte[] encode() {
        Ipv4 address = network.address(slot);
        return LaunchRequest.packet(
                "vmm=qemu",
                "id=" + id,
                "uid=" + slot.uid(),
                "vcpus=" + resources.vcpus(),
                "mem=" + resources.memMib(),
                "accel=" + accelerator.word(),
                "net=" + address + "/" + network.subnet().prefix() + "," + network.gateway(),
                "resume=" + (resume ? 1 : 0),
                "root="
                        + image.map(it -> it.dataBlocks() + "," + it.rootHash().hex())
                                .orElse("none"),
                LaunchRequest.fds(this));
    }
}
