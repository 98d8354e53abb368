package dev.mvm.protocol.firecracker;

import dev.mvm.json.Json;
import java.util.regex.Pattern;

/// A change. The first sentence of each says when Firecracker allows it. It may be sent at any time; out of turn it is
/// answered with a fault and changes nothing.
public sealed interface Command extends Operation<NoContent> {
    @Override
    default ApiReply<NoContent> reply() {
        return ApiReply.DONE;
    }

    /// Before start: the size of the machine, without SMT.
    ///
    /// @param vcpus 1 to 32
    /// @param memMib memory in MiB, 1 to 1,048,576
    record MachineConfig(int vcpus, int memMib) implements Command {
        public MachineConfig {
            Form.check(vcpus >= 1 && vcpus <= 32, "a microVM has 1 to 32 vcpus");
            Form.check(memMib >= 1 && memMib <= 1 << 20, "a microVM has 1 to 1048576 MiB");
        }

        @Override
        public ApiRequest request() {
            return ApiRequest.put(
                    "/machine-config",
                    Json.object()
                            .put("vcpu_count", vcpus)
                            .put("mem_size_mib", memMib)
                            .put("smt", false));
        }
    }

    /// Before start: what to boot.
    ///
    /// @param kernel an ELF vmlinux, or from 1.17.0 on a bzImage
    /// @param args the kernel's command line: printable ASCII, at most 2,047 characters (Firecracker itself
    ///     would take other characters and has room for 2,048 bytes with the NUL)
    record BootSource(VmmPath kernel, VmmPath initrd, String args) implements Command {
        private static final Pattern PRINTABLE = Pattern.compile("[ -~]{0,2047}");

        public BootSource {
            Form.check(PRINTABLE, args, "a kernel command line");
        }

        @Override
        public ApiRequest request() {
            return ApiRequest.put(
                    "/boot-source",
                    one("kernel_image_path", kernel)
                            .put("initrd_path", initrd.value())
                            .put("boot_args", args));
        }
    }

    /// Before start: a disk that is not the root. Again with the same id: replaces it.
    /// Flush requests of the guest are honoured; the I/O engine is the synchronous one.
    ///
    /// @param readOnly whether the guest may not write it
    /// @param limit of what is read and written together
    record Drive(DeviceId id, VmmPath path, boolean readOnly, RateLimit limit) implements Command {
        @Override
        public ApiRequest request() {
            var drive = one("drive_id", id)
                    .put("path_on_host", path.value())
                    .put("is_root_device", false)
                    .put("is_read_only", readOnly)
                    .put("cache_type", "Writeback")
                    .put("io_engine", "Sync");
            limit.first().ifPresent(limiter -> drive.put("rate_limiter", limiter));
            return ApiRequest.put("/drives/" + id, drive);
        }
    }

    /// After start, or after a load: another limit for a disk.
    record DriveLimit(DeviceId id, RateLimit limit) implements Command {
        @Override
        public ApiRequest request() {
            return ApiRequest.patch("/drives/" + id, one("drive_id", id).put("rate_limiter", limit.next()));
        }
    }

    /// Before start: a network interface on a tap device, which must exist: a VMM with the privilege to would make one
    /// itself.
    ///
    /// @param tap 1 to 15 letters, digits, `_`, `.` and `-`, beginning with a letter or digit
    /// @param mac six groups of two lower-case hexadecimal digits, unicast
    /// @param limit of what is received, and of what is sent
    record NetworkInterface(DeviceId id, String tap, String mac, RateLimit limit) implements Command {
        private static final Pattern TAP = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,14}");
        private static final Pattern MAC = Pattern.compile("[0-9a-f][02468ace](:[0-9a-f]{2}){5}");

        public NetworkInterface {
            Form.check(TAP, tap, "a tap device");
            Form.check(MAC, mac, "a unicast hardware address");
        }

        @Override
        public ApiRequest request() {
            var network = one("iface_id", id).put("host_dev_name", tap).put("guest_mac", mac);
            limit.first()
                    .ifPresent(
                            limiter -> network.put("rx_rate_limiter", limiter).put("tx_rate_limiter", limiter));
            return ApiRequest.put("/network-interfaces/" + id, network);
        }
    }

    /// After start, or after a load: another limit for a network interface, in each direction.
    record NetworkLimit(DeviceId id, RateLimit limit) implements Command {
        @Override
        public ApiRequest request() {
            return ApiRequest.patch(
                    "/network-interfaces/" + id,
                    one("iface_id", id).put("rx_rate_limiter", limit.next()).put("tx_rate_limiter", limit.next()));
        }
    }

    /// Before start: vsock. Binds `uds` at once; guest connections to port P go to a listener on `uds` + `_P`.
    ///
    /// @param guestCid 3 or more (Firecracker takes less without complaint)
    /// @param uds at most 96 characters, which leaves room for the port
    record Vsock(int guestCid, VmmPath uds) implements Command {
        public Vsock {
            Form.check(guestCid >= 3, "a guest's cid is 3 or more");
            // 107 of sockaddr_un.sun_path, unix(7), without "_4294967295"
            Form.check(uds.value().length() <= 96, "a vsock path has at most 96 characters");
        }

        @Override
        public ApiRequest request() {
            return ApiRequest.put(
                    "/vsock", Json.object().put("guest_cid", guestCid).put("uds_path", uds.value()));
        }
    }

    /// Before start: a source of randomness for the guest.
    record Entropy() implements Command {
        @Override
        public ApiRequest request() {
            return ApiRequest.put("/entropy", Json.object());
        }
    }

    /// Before start, once: boots.
    record InstanceStart() implements Command {
        @Override
        public ApiRequest request() {
            return ApiRequest.put("/actions", one("action_type", "InstanceStart"));
        }
    }

    /// After start: stops the virtual processors. Done to a paused microVM it changes nothing.
    record Pause() implements Command {
        @Override
        public ApiRequest request() {
            return ApiRequest.patch("/vm", one("state", "Paused"));
        }
    }

    /// After start: lets them run. Done to a running microVM it changes nothing. See [WarmResume] before sending it to
    /// a microVM that was paused.
    record Resume() implements Command {
        @Override
        public ApiRequest request() {
            return ApiRequest.patch("/vm", one("state", "Resumed"));
        }
    }

    /// Paused only: writes all of the state, then the memory. When it fails the microVM is still paused and whole.
    record CreateSnapshot(VmmPath state, VmmPath memory) implements Command {
        public CreateSnapshot {
            Form.check(!state.equals(memory), "state and memory are two files");
        }

        @Override
        public ApiRequest request() {
            return ApiRequest.put(
                    "/snapshot/create",
                    one("snapshot_type", "Full")
                            .put("snapshot_path", state.value())
                            .put("mem_file_path", memory.value()));
        }
    }

    /// Fresh only, before any other command: makes of the process the microVM that was saved, paused. All its
    /// devices have the names and paths that they had. A failure after it began ends the process; a file in the
    /// way of vsock's socket, which is bound again, is one.
    ///
    /// @param faults at most 107 characters: a socket whose listener is sent a userfaultfd and supplies the memory
    record LoadSnapshot(VmmPath state, VmmPath faults) implements Command {
        public LoadSnapshot {
            Form.check(faults.value().length() <= 107, "a socket path has at most 107 characters"); // unix(7)
        }

        @Override
        public ApiRequest request() {
            var memory = one("backend_type", "Uffd").put("backend_path", faults.value());
            return ApiRequest.put(
                    "/snapshot/load",
                    one("snapshot_path", state).put("mem_backend", memory.end()).put("resume_vm", false));
        }
    }

    private static Json.Builder one(String name, Object value) {
        return Json.object().put(name, value.toString());
    }
}
