package dev.mvm.protocol.firecracker;

import dev.mvm.property.Draw;
import dev.mvm.protocol.firecracker.Command.BootSource.Initrd;
import dev.mvm.protocol.firecracker.Command.LoadSnapshot.MemoryBackend;
import dev.mvm.protocol.firecracker.Command.LoadSnapshot.Option;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/// Draws operations of every kind.
final class AnyOperation {
    private static final String NAME = "ab0Z_.-";

    /// One way to draw each permitted kind; a test checks that none is missing.
    static final List<Function<Draw, Operation<?>>> KINDS = List.of(
            _ -> new Query.DescribeInstance(),
            _ -> new Query.DescribeVersion(),
            _ -> new Query.DescribeConfig(),
            draw -> new Command.MachineConfig(draw.intBetween(1, 32), draw.intBetween(1, 1 << 20), draw.flag()),
            draw -> new Command.BootSource(
                    path(draw, 255),
                    draw.flag() ? new Initrd.At(path(draw, 255)) : new Initrd.None(),
                    draw.text(0, 2047, "a= \"\\/{}~!console")),
            draw -> new Command.Drive(id(draw), path(draw, 255), draw.flag(), draw.flag(), limiter(draw)),
            draw -> new Command.DrivePath(id(draw), path(draw, 255)),
            draw -> new Command.NetworkInterface(id(draw), tap(draw), mac(draw), limiter(draw), limiter(draw)),
            draw -> new Command.Vsock(draw.intBetween(3, Integer.MAX_VALUE), path(draw, 96)),
            draw -> new Command.Entropy(limiter(draw)),
            draw -> new Command.SerialLimit(limit(draw)),
            draw -> new Command.Logger(path(draw, 255), draw.of(List.of(Command.Logger.Level.values()))),
            draw -> new Command.Metrics(path(draw, 255)),
            _ -> new Command.InstanceStart(),
            _ -> new Command.FlushMetrics(),
            _ -> new Command.SendCtrlAltDel(),
            _ -> new Command.Pause(),
            _ -> new Command.Resume(),
            draw -> new Command.CreateSnapshot(
                    draw.of(List.of(Command.CreateSnapshot.Kind.values())),
                    new VmmPath("/s" + path(draw, 200)),
                    new VmmPath("/m" + path(draw, 200))),
            AnyOperation::load);

    private AnyOperation() {}

    static Operation<?> of(Draw draw) {
        return draw.of(KINDS).apply(draw);
    }

    static FirecrackerVersion version(Draw draw) {
        return FirecrackerVersion.parse(draw.one("1.15.1", "1.16.1", "1.17.0-dev", "1.15.0", "1.16.0", "1.11.0"));
    }

    private static Command.LoadSnapshot load(Draw draw) {
        var backend = draw.flag() ? new MemoryBackend.File(path(draw, 255)) : new MemoryBackend.Uffd(path(draw, 107));
        var options = new ArrayList<Option>();
        for (var flag : Option.Flag.values()) {
            if (draw.flag()) {
                options.add(flag);
            }
        }
        Set.copyOf(draw.list(0, 4, () -> id(draw)))
                .forEach(id -> options.add(new Option.NetworkOverride(id, tap(draw))));
        if (draw.flag()) {
            options.add(new Option.VsockOverride(path(draw, 96)));
        }
        return new Command.LoadSnapshot(path(draw, 255), backend, options);
    }

    static VmmPath path(Draw draw, int most) {
        var out = new StringBuilder();
        do {
            int left = most - out.length() - 2;
            out.append("/x").append(draw.text(0, Math.min(left, 40), NAME));
        } while (out.length() + 2 <= most && draw.between(0, 3) != 0);
        return new VmmPath(out.toString());
    }

    static DeviceId id(Draw draw) {
        return new DeviceId(draw.text(1, 64, "ab0Z_"));
    }

    private static String tap(Draw draw) {
        return "t" + draw.text(0, 14, NAME);
    }

    private static String mac(Draw draw) {
        var out = new StringBuilder("%02x".formatted(draw.intBetween(0, 127) * 2));
        for (int i = 0; i < 5; i++) {
            out.append(":%02x".formatted(draw.intBetween(0, 255)));
        }
        return out.toString();
    }

    private static RateLimiter limiter(Draw draw) {
        return new RateLimiter(bucket(draw), bucket(draw));
    }

    private static TokenBucket bucket(Draw draw) {
        return draw.flag() ? limit(draw) : TokenBucket.UNLIMITED;
    }

    private static TokenBucket limit(Draw draw) {
        return new TokenBucket(
                draw.between(1, Long.MAX_VALUE), draw.between(1, Long.MAX_VALUE), draw.between(0, Long.MAX_VALUE));
    }
}
