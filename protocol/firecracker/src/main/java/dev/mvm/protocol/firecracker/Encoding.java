package dev.mvm.protocol.firecracker;

import dev.mvm.json.Json;
import dev.mvm.protocol.firecracker.Command.BootSource.Initrd;
import dev.mvm.protocol.firecracker.Command.LoadSnapshot.MemoryBackend;
import dev.mvm.protocol.firecracker.Command.LoadSnapshot.Option;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Operations to requests.
final class Encoding {
    private Encoding() {}

    /// What a version must have to understand the request for an operation.
    static Set<Feature> needs(Operation<?> operation) {
        return switch (operation) {
            case Command.SerialLimit _ -> EnumSet.of(Feature.SERIAL_RATE_LIMITER);
            case Command.LoadSnapshot load -> {
                var needs = EnumSet.noneOf(Feature.class);
                load.options().forEach(option -> needs(option).ifPresent(needs::add));
                yield needs;
            }
            case Query<?> _, Command _ -> EnumSet.noneOf(Feature.class);
        };
    }

    private static Optional<Feature> needs(Option option) {
        return switch (option) {
            case Option.NetworkOverride _ -> Optional.of(Feature.NETWORK_OVERRIDES);
            case Option.VsockOverride _ -> Optional.of(Feature.VSOCK_OVERRIDE);
            case Option.Flag flag ->
                switch (flag) {
                    case RESUME_VM -> Optional.empty();
                    case TRACK_DIRTY_PAGES -> Optional.of(Feature.LOAD_TRACK_DIRTY_PAGES);
                    case CLOCK_REALTIME -> Optional.of(Feature.CLOCK_REALTIME);
                };
        };
    }

    /// The request for an operation.
    static Request request(Operation<?> operation) {
        return switch (operation) {
            case Query.DescribeInstance() -> Request.get("/");
            case Query.DescribeVersion() -> Request.get("/version");
            case Query.DescribeConfig() -> Request.get("/vm/config");
            case Command.MachineConfig machine -> Request.put("/machine-config", machine(machine));
            case Command.BootSource source -> Request.put("/boot-source", bootSource(source));
            case Command.Drive drive -> Request.put("/drives/" + drive.id(), drive(drive));
            case Command.DrivePath(var id, var path) ->
                Request.patch("/drives/" + id, one("drive_id", id).put("path_on_host", path.value()));
            case Command.NetworkInterface network ->
                Request.put("/network-interfaces/" + network.id(), network(network));
            case Command.Vsock(var cid, var uds) ->
                Request.put("/vsock", Json.object().put("guest_cid", cid).put("uds_path", uds.value()));
            case Command.Entropy(var limiter) -> Request.put("/entropy", limit(Json.object(), "rate_limiter", limiter));
            case Command.SerialLimit(var limit) ->
                Request.put("/serial", Json.object().put("rate_limiter", bucket(limit)));
            case Command.Logger(var path, var level) ->
                Request.put(
                        "/logger",
                        one("log_path", path).put("level", level.word).put("show_level", true));
            case Command.Metrics(var path) -> Request.put("/metrics", one("metrics_path", path));
            case Command.InstanceStart() -> action("InstanceStart");
            case Command.FlushMetrics() -> action("FlushMetrics");
            case Command.SendCtrlAltDel() -> action("SendCtrlAltDel");
            case Command.Pause() -> Request.patch("/vm", one("state", "Paused"));
            case Command.Resume() -> Request.patch("/vm", one("state", "Resumed"));
            case Command.CreateSnapshot(var kind, var state, var memory) ->
                Request.put(
                        "/snapshot/create",
                        one("snapshot_type", kind.word)
                                .put("snapshot_path", state.value())
                                .put("mem_file_path", memory.value()));
            case Command.LoadSnapshot load -> Request.put("/snapshot/load", load(load));
        };
    }

    private static Json.Builder one(String name, Object value) {
        return Json.object().put(name, value.toString());
    }

    private static Request action(String type) {
        return Request.put("/actions", one("action_type", type));
    }

    private static Json.Builder machine(Command.MachineConfig machine) {
        return Json.object()
                .put("vcpu_count", machine.vcpus())
                .put("mem_size_mib", machine.memMib())
                .put("smt", false)
                .put("track_dirty_pages", machine.trackDirtyPages());
    }

    private static Json.Builder bootSource(Command.BootSource source) {
        var out = one("kernel_image_path", source.kernel());
        switch (source.initrd()) {
            case Initrd.None() -> {}
            case Initrd.At(var path) -> out.put("initrd_path", path.value());
        }
        return out.put("boot_args", source.args());
    }

    private static Json.Builder drive(Command.Drive drive) {
        var out = one("drive_id", drive.id())
                .put("path_on_host", drive.path().value())
                .put("is_root_device", drive.root())
                .put("is_read_only", drive.readOnly())
                .put("cache_type", drive.readOnly() ? "Unsafe" : "Writeback")
                .put("io_engine", "Sync");
        return limit(out, "rate_limiter", drive.limiter());
    }

    private static Json.Builder network(Command.NetworkInterface network) {
        var out = one("iface_id", network.id())
                .put("host_dev_name", network.tap())
                .put("guest_mac", network.mac());
        limit(out, "rx_rate_limiter", network.receive());
        return limit(out, "tx_rate_limiter", network.transmit());
    }

    /// Adds a limiter as a member; no limit is said by saying nothing.
    private static Json.Builder limit(Json.Builder out, String name, RateLimiter limiter) {
        if (limiter.equals(RateLimiter.UNLIMITED)) {
            return out;
        }
        var buckets = Json.object();
        if (!limiter.bandwidth().equals(TokenBucket.UNLIMITED)) {
            buckets.put("bandwidth", bucket(limiter.bandwidth()));
        }
        if (!limiter.operations().equals(TokenBucket.UNLIMITED)) {
            buckets.put("ops", bucket(limiter.operations()));
        }
        return out.put(name, buckets.end());
    }

    private static Json.Obj bucket(TokenBucket bucket) {
        var out = Json.object().put("size", bucket.size()).put("refill_time", bucket.refillMillis());
        return (bucket.burst() == 0 ? out : out.put("one_time_burst", bucket.burst())).end();
    }

    private static Json.Builder load(Command.LoadSnapshot load) {
        var type = switch (load.backend()) {
            case MemoryBackend.File _ -> "File";
            case MemoryBackend.Uffd _ -> "Uffd";
        };
        var backend = one("backend_type", type)
                .put("backend_path", load.backend().path().value());
        var out = one("snapshot_path", load.state()).put("mem_backend", backend.end());
        var networks = new ArrayList<Json>();
        for (var option : load.options()) {
            switch (option) {
                case Option.Flag flag -> out.put(flag.name().toLowerCase(Locale.ROOT), true);
                case Option.VsockOverride(var uds) ->
                    out.put("vsock_override", one("uds_path", uds).end());
                case Option.NetworkOverride(var id, var tap) ->
                    networks.add(one("iface_id", id).put("host_dev_name", tap).end());
            }
        }
        return networks.isEmpty() ? out : out.put("network_overrides", networks);
    }
}
