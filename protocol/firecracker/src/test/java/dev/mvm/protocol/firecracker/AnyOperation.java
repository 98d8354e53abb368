package dev.mvm.protocol.firecracker;

import dev.mvm.property.Draw;
import java.util.List;
import java.util.function.Function;

/// Draws operations of every kind.
final class AnyOperation {
    private static final String NAME = "ab0Z_.-";

    /// One way to draw each permitted kind; a test checks that none is missing.
    static final List<Function<Draw, Operation<?>>> KINDS = List.of(
            _ -> new Query.DescribeInstance(),
            draw -> new Command.MachineConfig(draw.intBetween(1, 32), draw.intBetween(1, 1 << 20)),
            draw -> new Command.BootSource(path(draw, 255), path(draw, 255), draw.text(0, 2047, "a= \"\\/{}~!console")),
            draw -> new Command.Drive(id(draw), path(draw, 255), draw.flag(), limit(draw)),
            draw -> new Command.DriveLimit(id(draw), limit(draw)),
            draw -> new Command.NetworkInterface(id(draw), tap(draw), mac(draw), limit(draw)),
            draw -> new Command.NetworkLimit(id(draw), limit(draw)),
            draw -> new Command.Vsock(draw.intBetween(3, Integer.MAX_VALUE), path(draw, 96)),
            _ -> new Command.Entropy(),
            _ -> new Command.InstanceStart(),
            _ -> new Command.Pause(),
            _ -> new Command.Resume(),
            draw -> new Command.CreateSnapshot(
                    new VmmPath("/s" + path(draw, 200)), new VmmPath("/m" + path(draw, 200))),
            draw -> new Command.LoadSnapshot(path(draw, 255), path(draw, 107)));

    private AnyOperation() {}

    static Operation<?> of(Draw draw) {
        return draw.of(KINDS).apply(draw);
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

    private static RateLimit limit(Draw draw) {
        return new RateLimit(draw.flag() ? 0 : draw.between(1, 1L << 40), draw.flag() ? 0 : draw.between(1, 1L << 30));
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
}
