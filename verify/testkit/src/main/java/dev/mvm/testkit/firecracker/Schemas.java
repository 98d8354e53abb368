package dev.mvm.testkit.firecracker;

import static dev.mvm.testkit.firecracker.Schema.Member.defaulted;
import static dev.mvm.testkit.firecracker.Schema.Member.optional;
import static dev.mvm.testkit.firecracker.Schema.Member.required;
import static dev.mvm.testkit.firecracker.Schema.Member.unwritten;

import dev.mvm.json.Json;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.protocol.firecracker.Releases;
import dev.mvm.testkit.firecracker.Schema.Choice;
import dev.mvm.testkit.firecracker.Schema.Flag;
import dev.mvm.testkit.firecracker.Schema.Formed;
import dev.mvm.testkit.firecracker.Schema.Many;
import dev.mvm.testkit.firecracker.Schema.Member;
import dev.mvm.testkit.firecracker.Schema.Struct;
import dev.mvm.testkit.firecracker.Schema.Text;
import dev.mvm.testkit.firecracker.Schema.Unsigned;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// The request structures of a version, their members in the order of declaration, which shows in complaints and in
/// `GET /vm/config`.
///
/// Source: `src/vmm/src/vmm_config` of the tags v1.15.1, v1.16.1 and of main at 81b38b9d.
final class Schemas {
    private static final Json NULL = new Json.Null();
    private static final Json NO = new Json.Bool(false);
    private static final Schema TEXT = new Text("a string");
    private static final Schema PATH = new Text("path string");
    private static final Schema FLAG = new Flag();
    private static final Schema U8 = new Unsigned("u8", 8);
    private static final Schema U16 = new Unsigned("u16", 16);
    private static final Schema U32 = new Unsigned("u32", 32);
    private static final Schema U64 = new Unsigned("u64", 64);
    private static final Schema USIZE = new Unsigned("usize", 64);
    private static final Pattern MAC = Pattern.compile("[0-9A-Fa-f]{1,2}(:[0-9A-Fa-f]{1,2}){5}");
    private static final Pattern IPV4 = Pattern.compile("(\\d{1,3}\\.){3}\\d{1,3}");

    static final Struct TOKEN_BUCKET = new Struct(
            "TokenBucketConfig",
            false,
            List.of(required("size", U64), optional("one_time_burst", U64, NULL), required("refill_time", U64)));

    static final Struct RATE_LIMITER = new Struct(
            "RateLimiterConfig",
            true,
            List.of(optional("bandwidth", TOKEN_BUCKET, NULL), optional("ops", TOKEN_BUCKET, NULL)));

    static final Struct ACTION = new Struct(
            "ActionBody",
            true,
            List.of(required("action_type", words("FlushMetrics", "InstanceStart", "SendCtrlAltDel"))));

    static final Struct VM = new Struct("Vm", true, List.of(required("state", words("Paused", "Resumed"))));

    static final Struct BOOT_SOURCE = new Struct(
            "BootSourceConfig",
            true,
            List.of(
                    required("kernel_image_path", TEXT),
                    optional("initrd_path", TEXT, NULL),
                    optional("boot_args", TEXT, NULL)));

    static final Struct DRIVE = new Struct(
            "BlockDeviceConfig",
            true,
            List.of(
                    required("drive_id", TEXT),
                    optional("partuuid", TEXT, NULL),
                    required("is_root_device", FLAG),
                    defaulted("cache_type", words("Unsafe", "Writeback"), Json.of("Unsafe")),
                    optional("is_read_only", FLAG, NO),
                    optional("path_on_host", TEXT, NULL),
                    optional("rate_limiter", RATE_LIMITER, NULL),
                    optional("io_engine", words("Async", "Sync"), Json.of("Sync")),
                    optional("socket", TEXT, NULL)));

    static final Struct DRIVE_UPDATE = new Struct(
            "BlockDeviceUpdateConfig",
            true,
            List.of(
                    required("drive_id", TEXT),
                    unwritten("path_on_host", TEXT),
                    unwritten("rate_limiter", RATE_LIMITER)));

    static final Struct NETWORK_UPDATE = new Struct(
            "NetworkInterfaceUpdateConfig",
            true,
            List.of(
                    required("iface_id", TEXT),
                    unwritten("rx_rate_limiter", RATE_LIMITER),
                    unwritten("tx_rate_limiter", RATE_LIMITER)));

    static final Struct VSOCK = new Struct(
            "VsockDeviceConfig",
            true,
            List.of(unwritten("vsock_id", TEXT), required("guest_cid", U32), required("uds_path", TEXT)));

    static final Struct ENTROPY =
            new Struct("EntropyDeviceConfig", true, List.of(optional("rate_limiter", RATE_LIMITER, NULL)));

    static final Struct LOGGER = new Struct(
            "LoggerConfig",
            true,
            List.of(
                    unwritten("log_path", PATH),
                    unwritten(
                            "level",
                            new Choice(List.of("Off", "Trace", "Debug", "Info", "Warning", "Error", "Warn"), true)),
                    unwritten("show_level", FLAG),
                    unwritten("show_log_origin", FLAG),
                    unwritten("module", TEXT)));

    static final Struct BALLOON = new Struct(
            "BalloonDeviceConfig",
            true,
            List.of(
                    required("amount_mib", U32),
                    required("deflate_on_oom", FLAG),
                    defaulted("stats_polling_interval_s", U16, Json.of(0)),
                    defaulted("free_page_hinting", FLAG, NO),
                    defaulted("free_page_reporting", FLAG, NO)));

    static final Struct BALLOON_UPDATE = new Struct("BalloonUpdateConfig", true, List.of(required("amount_mib", U32)));

    static final Struct MMDS = new Struct(
            "MmdsConfig",
            true,
            List.of(
                    defaulted("version", words("V1", "V2"), Json.of("V1")),
                    required("network_interfaces", new Many(TEXT)),
                    optional("ipv4_address", new Formed(IPV4.asMatchPredicate(), "invalid IPv4 address syntax"), NULL),
                    defaulted("imds_compat", FLAG, NO)));

    static final Struct CREATE_SNAPSHOT = new Struct(
            "CreateSnapshotParams",
            true,
            List.of(
                    defaulted("snapshot_type", words("Diff", "Full"), Json.of("Full")),
                    required("snapshot_path", PATH),
                    required("mem_file_path", PATH)));

    private static final Struct MEMORY_BACKEND = new Struct(
            "MemBackendConfig",
            true,
            List.of(required("backend_path", PATH), required("backend_type", words("File", "Uffd"))));

    private static final Struct NETWORK_OVERRIDE =
            new Struct("NetworkOverride", false, List.of(required("iface_id", TEXT), required("host_dev_name", TEXT)));

    private static final Struct VSOCK_OVERRIDE =
            new Struct("VsockOverride", false, List.of(required("uds_path", TEXT)));

    private final FirecrackerVersion version;

    Schemas(FirecrackerVersion version) {
        this.version = version;
    }

    private static Choice words(String... words) {
        return new Choice(List.of(words), false);
    }

    private boolean since(String release) {
        return Releases.atLeast(version, release);
    }

    private Schema hugePages(String... more) {
        var names = new ArrayList<>(List.of(more));
        names.add("None");
        if (since("1.17.0")) {
            names.add("Transparent");
        }
        names.add("2M");
        return new Choice(names, false);
    }

    Struct machine() {
        return new Struct(
                "MachineConfig",
                true,
                List.of(
                        required("vcpu_count", U8),
                        required("mem_size_mib", USIZE),
                        defaulted("smt", FLAG, NO),
                        unwritten("cpu_template", words("C3", "T2", "T2S", "T2CL", "T2A", "V1N1", "None")),
                        defaulted("track_dirty_pages", FLAG, NO),
                        defaulted("huge_pages", hugePages(), Json.of("None"))));
    }

    Struct network() {
        var members = new ArrayList<Member>(List.of(
                required("iface_id", TEXT),
                required("host_dev_name", TEXT),
                optional(
                        "guest_mac",
                        new Formed(MAC.asMatchPredicate(), "The provided MAC address is invalid."),
                        NULL)));
        if (since("1.16.0")) {
            members.add(optional("mtu", U16, NULL));
        }
        members.add(optional("rx_rate_limiter", RATE_LIMITER, NULL));
        members.add(optional("tx_rate_limiter", RATE_LIMITER, NULL));
        return new Struct("NetworkInterfaceConfig", true, members);
    }

    Struct metrics() {
        var members = new ArrayList<Member>(List.of(required("metrics_path", PATH)));
        if (since("1.17.0")) {
            members.add(defaulted("emit_id", FLAG, NO));
        }
        return new Struct("MetricsConfig", false, members);
    }

    Struct serial() {
        var members = new ArrayList<Member>(List.of(unwritten("serial_out_path", PATH)));
        if (since("1.16.0")) {
            members.add(unwritten("rate_limiter", TOKEN_BUCKET));
        }
        return new Struct("SerialConfig", true, members);
    }

    Struct loadSnapshot() {
        var members = new ArrayList<Member>(List.of(
                required("snapshot_path", PATH),
                unwritten("mem_file_path", PATH),
                unwritten("mem_backend", MEMORY_BACKEND),
                defaulted("enable_diff_snapshots", FLAG, NO),
                defaulted("track_dirty_pages", FLAG, NO),
                defaulted("resume_vm", FLAG, NO),
                defaulted("network_overrides", new Many(NETWORK_OVERRIDE), Json.array(List.of()))));
        if (since("1.16.0")) {
            members.add(unwritten("vsock_override", VSOCK_OVERRIDE));
        }
        if (since("1.15.1")) {
            members.add(defaulted("clock_realtime", FLAG, NO));
        }
        if (since("1.17.0")) {
            members.add(defaulted("huge_pages", hugePages("Snapshot"), Json.of("Snapshot")));
        }
        return new Struct("LoadSnapshotConfig", true, members);
    }
}
