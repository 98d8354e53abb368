package dev.mvm.guestd;

import dev.mvm.model.NetId;
import dev.mvm.model.Rates;
import dev.mvm.model.Slot;
import dev.mvm.property.Draw;
import dev.mvm.protocol.guestd.VmmCommand;
import java.util.List;

/// Commands to a VMM for tests.
final class Commands {
    static final VmmCommand.Configure CONFIGURE = new VmmCommand.Configure(
            1, 128, new Slot(new NetId(0), 3), new VmmCommand.Disks(false, false), Rates.UNLIMITED, "console=ttyS0");

    /// One command of each kind.
    static final List<VmmCommand> ALL = List.of(
            CONFIGURE,
            new VmmCommand.Start(),
            new VmmCommand.Pause(),
            new VmmCommand.Resume(),
            new VmmCommand.State(),
            new VmmCommand.Save(),
            new VmmCommand.Load(),
            new VmmCommand.GoOn(new VmmCommand.Disks(false, true), new Rates(1, 0, 2, 3)));

    private Commands() {}

    /// Draws a command of any kind.
    static VmmCommand any(Draw draw) {
        return draw.one(configure(draw), ALL.toArray(VmmCommand[]::new));
    }

    private static int rate(Draw draw) {
        return draw.flag() ? 0 : draw.intBetween(1, 1_000_000);
    }

    /// Draws a configuration from the whole range of each value.
    static VmmCommand.Configure configure(Draw draw) {
        return new VmmCommand.Configure(
                draw.intBetween(1, 32),
                draw.intBetween(1, 1 << 20),
                new Slot(new NetId(draw.intBetween(0, 4095)), draw.intBetween(Slot.FIRST, Slot.LAST)),
                new VmmCommand.Disks(draw.flag(), draw.flag()),
                new Rates(rate(draw), rate(draw), rate(draw), rate(draw)),
                draw.text(0, 2_047, "console=ttyS0 ~!/:,.0123456789"));
    }
}
