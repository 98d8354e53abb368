package dev.mvm.testkit.firecracker;

import dev.mvm.protocol.firecracker.Command;
import dev.mvm.protocol.firecracker.Command.LoadSnapshot.MemoryBackend;
import dev.mvm.protocol.firecracker.Command.LoadSnapshot.Option;
import dev.mvm.protocol.firecracker.DeviceId;
import dev.mvm.protocol.firecracker.Feature;
import dev.mvm.protocol.firecracker.FirecrackerVersion;
import dev.mvm.protocol.firecracker.Operation;
import dev.mvm.protocol.firecracker.Query;
import dev.mvm.protocol.firecracker.RateLimiter;
import dev.mvm.protocol.firecracker.TokenBucket;
import dev.mvm.protocol.firecracker.VmmPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// One operation of each kind, for the files of [FirecrackerContract#prepare].
final class SampleCommands {
    private static final DeviceId DISK = new DeviceId("d");
    private static final DeviceId NET = new DeviceId("e0");
    private static final RateLimiter LIMITER =
            new RateLimiter(TokenBucket.perSecond(10 << 20), TokenBucket.perSecond(1_000));

    static final Command KERNEL = new Command.BootSource(
            new VmmPath("/img/vmlinux"),
            new Command.BootSource.Initrd.At(new VmmPath("/img/g.cpio")),
            "console=ttyS0 reboot=k panic=1 quiet mitigations=off no_timer_check cryptomgr.notests i8042.noaux"
                    + " i8042.nomux i8042.dumbkbd 8250.nr_uarts=1");

    static final Command DRIVE = new Command.Drive(DISK, new VmmPath("/io/d.img"), false, false, LIMITER);
    static final Command MOVED_DRIVE = new Command.DrivePath(DISK, new VmmPath("/io/d.img"));

    static final Command SNAPSHOT =
            new Command.CreateSnapshot(Command.CreateSnapshot.Kind.FULL, new VmmPath("/io/s"), new VmmPath("/io/m"));

    static final List<Command> CONFIGURATION = List.of(
            new Command.Logger(new VmmPath("/io/fc.log"), Command.Logger.Level.INFO),
            new Command.Metrics(new VmmPath("/io/m.log")),
            new Command.MachineConfig(1, 128, true),
            KERNEL,
            DRIVE,
            new Command.NetworkInterface(NET, "tapz", "06:00:ac:10:00:02", LIMITER, RateLimiter.UNLIMITED),
            new Command.Vsock(42, new VmmPath("/io/v.sock")),
            new Command.Entropy(RateLimiter.UNLIMITED));

    static final Map<Feature, Command> FEATURES = Map.of(
            Feature.NETWORK_OVERRIDES, load(new Option.NetworkOverride(NET, "tapy")),
            Feature.LOAD_TRACK_DIRTY_PAGES, load(Option.Flag.TRACK_DIRTY_PAGES),
            Feature.CLOCK_REALTIME, load(Option.Flag.CLOCK_REALTIME),
            Feature.VSOCK_OVERRIDE, load(new Option.VsockOverride(new VmmPath("/io/w.sock"))),
            Feature.SERIAL_RATE_LIMITER, new Command.SerialLimit(TokenBucket.perSecond(65_536)));

    private SampleCommands() {}

    static Command load(Option... options) {
        return new Command.LoadSnapshot(
                new VmmPath("/io/s"), new MemoryBackend.File(new VmmPath("/io/m")), List.of(options));
    }

    /// One of each kind that a version understands.
    static List<Operation<?>> of(FirecrackerVersion version) {
        var out = new ArrayList<Operation<?>>(CONFIGURATION);
        if (Feature.SERIAL_RATE_LIMITER.in(version)) {
            out.add(FEATURES.getOrDefault(Feature.SERIAL_RATE_LIMITER, KERNEL));
        }
        out.addAll(List.of(
                new Query.DescribeInstance(),
                new Query.DescribeVersion(),
                new Query.DescribeConfig(),
                new Command.InstanceStart(),
                new Command.FlushMetrics(),
                new Command.SendCtrlAltDel(),
                new Command.Pause(),
                new Command.Resume(),
                MOVED_DRIVE,
                SNAPSHOT,
                load()));
        return out;
    }
}
