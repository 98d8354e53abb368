package dev.mvm.testkit.firecracker;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.json.Json;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.protocol.firecracker.Releases;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;

/// Firecracker's checks of a configuration and of later changes to a device.
final class Checks {
    private final FirecrackerVersion version;
    private final Jail jail;

    Checks(FirecrackerVersion version, Jail jail) {
        this.version = version;
        this.jail = jail;
    }

    static Json.Obj machine(Json.Obj machine) throws FaultException {
        long vcpus = Config.number(machine, "vcpu_count");
        boolean odd = vcpus > 1 && vcpus % 2 == 1;
        if (vcpus < 1 || vcpus > 32 || (Config.flag(machine, "smt") && odd)) {
            throw new FaultException("Machine config error: The number of vCPUs must be greater than 0, less than 32"
                    + " and must be 1 or an even number if SMT is enabled.");
        }
        long memory = Config.number(machine, "mem_size_mib");
        if (memory == 0 || (!Config.text(machine, "huge_pages").equals("None") && memory % 2 == 1)) {
            throw new FaultException("Machine config error: The memory size (MiB) is either 0, or not a multiple of"
                    + " the configured page size.");
        }
        return machine;
    }

    Json.Obj bootSource(Json.Obj source) throws FaultException {
        try {
            jail.checkFile(Config.text(source, "kernel_image_path"));
        } catch (IOException e) {
            throw new FaultException("Boot source error: The kernel file cannot be opened: " + FaultException.text(e));
        }
        var initrd = Config.text(source, "initrd_path");
        try {
            if (!initrd.isEmpty()) {
                jail.checkFile(initrd);
            }
        } catch (IOException e) {
            throw new FaultException("Boot source error: The initrd file cannot be opened due to invalid path or"
                    + " invalid permissions. " + FaultException.text(e));
        }
        return source;
    }

    Json.Obj drive(Json.Obj drive, Config config) throws FaultException {
        var id = Config.text(drive, "drive_id");
        boolean otherRoot = config.devices("drives").stream()
                .anyMatch(other -> Config.flag(other, "is_root_device")
                        && !Config.text(other, "drive_id").equals(id));
        if (Config.flag(drive, "is_root_device") && otherRoot) {
            throw new FaultException("Drive config error: A root block device already exists!");
        }
        backing(drive, "Drive config error: Unable to create the virtio block device: ", "");
        return drive;
    }

    void backing(Json.Obj drive, String before, String after) throws FaultException {
        var path = Config.text(drive, "path_on_host");
        try {
            jail.checkFile(path);
        } catch (IOException e) {
            throw new FaultException(before + "Virtio backend error: Error manipulating the backing file: "
                    + FaultException.text(e) + " " + path + after);
        }
    }

    static Json.Obj network(Json.Obj network, Config config) throws FaultException {
        var mac = Config.text(network, "guest_mac");
        boolean taken = config.devices("network-interfaces").stream()
                .anyMatch(other -> Config.text(other, "guest_mac").equals(mac)
                        && !Config.text(other, "iface_id").equals(Config.text(network, "iface_id")));
        if (!mac.isEmpty() && taken) {
            throw new FaultException("Network config error: The MAC address is already in use: " + mac);
        }
        return network;
    }

    static Json.Obj mmds(Json.Obj mmds, Config config) throws FaultException {
        if (mmds.members().get("network_interfaces") instanceof Json.Arr(var names)) {
            for (var name : names) {
                if (!(name instanceof Json.Str(var id))
                        || config.device("network-interfaces", "iface_id", id).isEmpty()) {
                    throw new FaultException("MMMDS config error: The list of network interface IDs provided contains"
                            + " at least one ID that does not correspond to any existing network interface.");
                }
            }
        }
        return mmds;
    }

    /// Gives a drive another file or limiter.
    void patchDrive(Json.Obj patch, Config config) throws FaultException {
        var drive = config.device("drives", "drive_id", Config.text(patch, "drive_id"))
                .orElseThrow(() -> new FaultException("Drive config error: Unable to patch the block device: Failed"
                        + " perform action on device: Device not found Please verify the request arguments."));
        if (patch.members().get("path_on_host") instanceof Json.Str path) {
            var moved = Config.with(drive, "path_on_host", path);
            backing(
                    moved,
                    "Drive config error: Unable to patch the block device: Block: ",
                    " Please verify the request arguments.");
            drive = moved;
        }
        config.putDevice("drives", "drive_id", limited(drive, patch, "rate_limiter"));
    }

    static void patchNetwork(Json.Obj patch, Config config) throws FaultException {
        var network = config.device("network-interfaces", "iface_id", Config.text(patch, "iface_id"))
                .orElseThrow(() -> new FaultException("Network config error: Unable to update the net device: Failed"
                        + " perform action on device: Device not found"));
        network = limited(network, patch, "rx_rate_limiter");
        config.putDevice("network-interfaces", "iface_id", limited(network, patch, "tx_rate_limiter"));
    }

    /// A device with the buckets of a patch in place of its own; those that the patch does not name stay.
    private static Json.Obj limited(Json.Obj device, Json.Obj patch, String limiter) {
        if (!(patch.members().get(limiter) instanceof Json.Obj change)) {
            return device;
        }
        var members = new LinkedHashMap<>(change.members());
        if (device.members().get(limiter) instanceof Json.Obj old) {
            members.replaceAll((name, bucket) ->
                    bucket instanceof Json.Null ? old.members().getOrDefault(name, bucket) : bucket);
        }
        return Config.with(device, limiter, new Json.Obj(members));
    }

    void kernel(Config config) throws FaultException, IOException {
        var kernel = Config.text(config.part("boot-source").orElseThrow(), "kernel_image_path");
        byte[] head;
        try (var in = Files.newInputStream(jail.outside(kernel))) {
            head = in.readNBytes(0x206);
        }
        boolean elf = head.length >= 4 && head[0] == 0x7f && head[1] == 'E' && head[2] == 'L' && head[3] == 'F';
        boolean bzImage = head.length == 0x206 && new String(head, 0x202, 4, US_ASCII).equals("HdrS");
        if (!elf && !(bzImage && Releases.atLeast(version, "1.17.0"))) {
            throw new FaultException(
                    "Start microvm error: System configuration error: Cannot load kernel due to invalid"
                            + " memory configuration or invalid kernel image: Kernel Loader: Invalid Elf magic number");
        }
    }
}
