package dev.mvm.testkit.firecracker;

import dev.mvm.json.Json;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.protocol.firecracker.Command;
import dev.mvm.protocol.firecracker.DeviceId;
import dev.mvm.protocol.firecracker.NoContent;
import dev.mvm.protocol.firecracker.Operation;
import dev.mvm.protocol.firecracker.Query;
import dev.mvm.protocol.firecracker.RateLimit;
import dev.mvm.protocol.firecracker.Releases;
import dev.mvm.protocol.firecracker.VmmPath;
import dev.mvm.testkit.firecracker.FileLoad.Option;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// One operation of each kind, for the files of [FirecrackerContract#prepare].
final class SampleCommands {
    private static final DeviceId DISK = new DeviceId("d");
    private static final DeviceId NET = new DeviceId("e0");

    static final Command KERNEL = new Command.BootSource(
            new VmmPath("/img/vmlinux"),
            new VmmPath("/img/g.cpio"),
            "console=ttyS0 reboot=k panic=1 quiet mitigations=off no_timer_check cryptomgr.notests i8042.noaux"
                    + " i8042.nomux i8042.dumbkbd 8250.nr_uarts=1");

    static final Command DRIVE = new Command.Drive(DISK, new VmmPath("/io/d.img"), false, new RateLimit(0, 0));
    static final Operation<NoContent> MOVED_DRIVE = RawRequest.moveDrive("d", "/io/d.img");
    static final Command SNAPSHOT = new Command.CreateSnapshot(new VmmPath("/io/s"), new VmmPath("/io/m"));

    static final Command WAKE = new Command.LoadSnapshot(new VmmPath("/io/s"), new VmmPath("/io/none.sock"));

    private static final Operation<NoContent> SERIAL_LIMIT = RawRequest.put(
            "/serial",
            Json.object()
                    .put(
                            "rate_limiter",
                            Json.object()
                                    .put("size", 65_536)
                                    .put("refill_time", 1_000)
                                    .end()));

    static final List<Operation<NoContent>> CONFIGURATION = List.of(
            RawRequest.put(
                    "/logger",
                    Json.object()
                            .put("log_path", "/io/fc.log")
                            .put("level", "Info")
                            .put("show_level", true)),
            RawRequest.metrics("/io/m.log"),
            RawRequest.trackedMachine(1, 128),
            KERNEL,
            DRIVE,
            new Command.NetworkInterface(NET, "tapz", "06:00:ac:10:00:02", new RateLimit(0, 0)),
            new Command.Vsock(42, new VmmPath("/io/v.sock")),
            new Command.Entropy());

    /// Requests that only newer versions understand, with the first that does. Source: the swagger files and
    /// request structures of the tagged releases.
    static final Map<Operation<NoContent>, FirecrackerVersion> FEATURES = Map.of(
            load(new Option.NetworkOverride(NET, "tapy")),
            FirecrackerVersion.parse("1.12.0"),
            load(Option.Flag.TRACK_DIRTY_PAGES),
            FirecrackerVersion.parse("1.13.0"),
            load(Option.Flag.CLOCK_REALTIME),
            FirecrackerVersion.parse("1.15.1"),
            load(new Option.VsockOverride(new VmmPath("/io/w.sock"))),
            FirecrackerVersion.parse("1.16.0"),
            SERIAL_LIMIT,
            FirecrackerVersion.parse("1.16.0"));

    /// The stages of a process, as the API sees them.
    enum Phase {
        /// Nothing is configured but logger and metrics.
        FRESH,
        /// Something is configured; the microVM has not been started.
        CONFIGURED,
        RUNNING,
        PAUSED
    }

    private SampleCommands() {}

    static Operation<NoContent> load(Option... options) {
        return new FileLoad(new VmmPath("/io/s"), new VmmPath("/io/m"), List.of(options));
    }

    /// One of each kind that a version understands, with the phases in which Firecracker permits it.
    static Map<Operation<?>, Set<Phase>> of(FirecrackerVersion version) {
        var before = EnumSet.of(Phase.FRESH, Phase.CONFIGURED);
        var after = EnumSet.of(Phase.RUNNING, Phase.PAUSED);
        var out = new LinkedHashMap<Operation<?>, Set<Phase>>();
        CONFIGURATION.forEach(command -> out.put(command, before));
        out.put(new Command.MachineConfig(1, 128), before);
        if (Releases.atLeast(version, "1.16.0")) {
            out.put(SERIAL_LIMIT, before);
        }
        for (var query : List.of(new Query.DescribeInstance(), RawRequest.VERSION, RawRequest.CONFIG)) {
            out.put(query, EnumSet.allOf(Phase.class));
        }
        out.put(new Command.InstanceStart(), EnumSet.of(Phase.CONFIGURED));
        for (var command : List.of(
                RawRequest.FLUSH_METRICS,
                RawRequest.CTRL_ALT_DEL,
                new Command.Pause(),
                new Command.Resume(),
                MOVED_DRIVE)) {
            out.put(command, after);
        }
        out.put(SNAPSHOT, EnumSet.of(Phase.PAUSED));
        out.put(load(), EnumSet.of(Phase.FRESH));
        out.put(WAKE, EnumSet.of(Phase.FRESH));
        return out;
    }
}
