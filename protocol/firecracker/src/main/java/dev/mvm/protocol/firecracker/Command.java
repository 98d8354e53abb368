package dev.mvm.protocol.firecracker;

import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;

/// A change. The first sentence of each says when Firecracker allows it; [Operation#allowed] is the same as a table.
public sealed interface Command extends Operation<Done> {
    @Override
    default Reply<Done> reply() {
        return Reply.DONE;
    }

    /// Before start: the size of the machine, without SMT.
    ///
    /// @param vcpus 1 to 32
    /// @param memMib memory in MiB, 1 to 1,048,576
    /// @param trackDirtyPages whether [CreateSnapshot.Kind#DIFF] can tell what changed; not kept in a snapshot
    record MachineConfig(int vcpus, int memMib, boolean trackDirtyPages) implements Command {
        public MachineConfig {
            Form.check(vcpus >= 1 && vcpus <= 32, "a microVM has 1 to 32 vcpus");
            Form.check(memMib >= 1 && memMib <= 1 << 20, "a microVM has 1 to 1048576 MiB");
        }
    }

    /// Before start: what to boot.
    ///
    /// @param kernel an ELF vmlinux, or from [Feature#BZIMAGE] on a bzImage
    /// @param args the kernel's command line: printable ASCII, at most 2,047 characters (Firecracker itself
    ///     would take other characters and has room for 2,048 bytes with the NUL)
    record BootSource(VmmPath kernel, Initrd initrd, String args) implements Command {
        private static final Pattern PRINTABLE = Pattern.compile("[ -~]{0,2047}");

        public BootSource {
            Form.check(PRINTABLE, args, "a kernel command line");
        }

        public sealed interface Initrd {
            record None() implements Initrd {}

            record At(VmmPath path) implements Initrd {}
        }
    }

    /// Before start: a disk. Again with the same id: replaces it. Flush requests of the guest are honoured on a disk
    /// that can be written; the I/O engine is the synchronous one.
    ///
    /// @param root whether it is `/dev/vda`; at most one is
    record Drive(DeviceId id, VmmPath path, boolean root, boolean readOnly, RateLimiter limiter) implements Command {}

    /// After start: gives a disk another file, which the guest sees as a change of size. After a restore, while
    /// paused, the way to files of other names.
    record DrivePath(DeviceId id, VmmPath path) implements Command {}

    /// Before start: a network interface on a tap device, which must exist: a VMM with the privilege to would make one
    /// itself.
    ///
    /// @param tap 1 to 15 letters, digits, `_`, `.` and `-`, beginning with a letter or digit
    /// @param mac six groups of two lower-case hexadecimal digits, unicast
    record NetworkInterface(DeviceId id, String tap, String mac, RateLimiter receive, RateLimiter transmit)
            implements Command {
        private static final Pattern TAP = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,14}");
        private static final Pattern MAC = Pattern.compile("[0-9a-f][02468ace](:[0-9a-f]{2}){5}");

        public NetworkInterface {
            Form.check(TAP, tap, "a tap device");
            Form.check(MAC, mac, "a unicast hardware address");
        }
    }

    /// Before start: vsock. Binds `uds` at once; guest connections to port P go to a listener on `uds` + `_P`.
    ///
    /// @param guestCid 3 or more (Firecracker takes less without complaint)
    /// @param uds at most 96 characters, which leaves room for the port
    record Vsock(int guestCid, VmmPath uds) implements Command {
        public Vsock {
            Form.check(guestCid >= 3, "a guest's cid is 3 or more");
            Form.check(uds.fitsSocket("_4294967295".length()), "a vsock path has at most 96 characters");
        }
    }

    /// Before start: a source of randomness for the guest.
    record Entropy(RateLimiter limiter) implements Command {}

    /// Before start: how many bytes the guest may write to its serial console; what is more is dropped. Needs
    /// [Feature#SERIAL_RATE_LIMITER].
    record SerialLimit(TokenBucket limit) implements Command {
        public SerialLimit {
            Form.check(limit.size() > 0, "a serial limit is a limit");
        }
    }

    /// Before start, also before a load: where the log goes. Without it log and serial console share stdout, and a
    /// guest can write log lines.
    record Logger(VmmPath path, Level level) implements Command {
        public enum Level {
            ERROR("Error"),
            WARNING("Warning"),
            INFO("Info"),
            DEBUG("Debug");

            final String word;

            Level(String word) {
                this.word = word;
            }
        }
    }

    /// Before start, also before a load, once: where metrics are appended, a line of JSON each minute and at each
    /// [FlushMetrics].
    record Metrics(VmmPath path) implements Command {}

    /// Before start, once: boots.
    record InstanceStart() implements Command {}

    /// After start: writes a line of metrics now. Without [Metrics] it does nothing.
    record FlushMetrics() implements Command {}

    /// After start, x86 only: three keys. The guest decides what they mean; with the usual handling it resets and the
    /// process ends with 0.
    record SendCtrlAltDel() implements Command {}

    /// After start: stops the virtual processors. Done to a paused microVM it changes nothing.
    record Pause() implements Command {}

    /// After start: lets them run. Done to a running microVM it changes nothing. See [WarmResume] before sending it to
    /// a microVM that was paused.
    record Resume() implements Command {}

    /// Paused only: writes the state, then the memory. When it fails the microVM is still paused and whole.
    record CreateSnapshot(Kind kind, VmmPath state, VmmPath memory) implements Command {
        public enum Kind {
            /// Everything.
            FULL("Full"),
            /// What changed since the last snapshot; holes in the file mean unchanged, not zero. A preview of
            /// Firecracker's.
            DIFF("Diff");

            final String word;

            Kind(String word) {
                this.word = word;
            }
        }

        public CreateSnapshot {
            Form.check(!state.equals(memory), "state and memory are two files");
        }
    }

    /// Fresh only: restores. A failure after it began ends the process (see [FaultKind#endsProcess]). The socket of
    /// vsock is bound again: a file of that name in the way is such a failure.
    ///
    /// @param options each kind at most once, except that each interface may be overridden once; at most 32
    record LoadSnapshot(VmmPath state, MemoryBackend backend, List<Option> options) implements Command {
        public LoadSnapshot {
            options = List.copyOf(options);
            Form.check(options.size() <= 32, "a load has at most 32 options");
            Form.check(distinct(options), "a load has each option once");
        }

        private static boolean distinct(List<Option> options) {
            var seen = new HashSet<Object>();
            return options.stream().allMatch(option -> switch (option) {
                case Option.Flag flag -> seen.add(flag);
                case Option.NetworkOverride(var id, var _) -> seen.add(id);
                case Option.VsockOverride _ -> seen.add(Option.VsockOverride.class);
            });
        }

        /// Where guest memory comes from.
        public sealed interface MemoryBackend {
            VmmPath path();

            /// A plain file of the guest's size, mapped privately for the life of the process: it must not change.
            record File(VmmPath path) implements MemoryBackend {}

            /// A socket whose listener is sent the userfaultfd and answers page faults.
            record Uffd(VmmPath path) implements MemoryBackend {
                public Uffd {
                    Form.check(path.fitsSocket(0), "a socket path has at most 107 characters");
                }
            }
        }

        public sealed interface Option {
            enum Flag implements Option {
                /// Resume at once. Without it the microVM is paused, which leaves time to copy its working set.
                RESUME_VM,
                /// As in [MachineConfig]. Needs [Feature#LOAD_TRACK_DIRTY_PAGES].
                TRACK_DIRTY_PAGES,
                /// x86 only: kvmclock goes on from the host's wall clock instead of where it stood. Needs
                /// [Feature#CLOCK_REALTIME].
                CLOCK_REALTIME
            }

            /// Another tap device for an interface of the snapshot. Needs [Feature#NETWORK_OVERRIDES].
            record NetworkOverride(DeviceId id, String tap) implements Option {
                public NetworkOverride {
                    Form.check(Command.NetworkInterface.TAP, tap, "a tap device");
                }
            }

            /// Another path for the vsock socket. Needs [Feature#VSOCK_OVERRIDE].
            record VsockOverride(VmmPath uds) implements Option {
                public VsockOverride {
                    Form.check(uds.fitsSocket("_4294967295".length()), "a vsock path has at most 96 characters");
                }
            }
        }
    }
}
