package dev.mvm.guestd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.NetId;
import dev.mvm.model.Rates;
import dev.mvm.model.Slot;
import dev.mvm.property.Property;
import dev.mvm.protocol.firecracker.Command;
import dev.mvm.protocol.firecracker.DeviceId;
import dev.mvm.protocol.firecracker.RateLimit;
import dev.mvm.protocol.firecracker.VmmPath;
import dev.mvm.protocol.guestd.VmmCommand;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class VmmConfigurationTest {
    private static VmmCommand.Configure configure(boolean volume, Rates rates) {
        return new VmmCommand.Configure(
                2,
                512,
                new Slot(new NetId(0), 3),
                new VmmCommand.Disks(false, volume),
                rates,
                "console=ttyS0 mvm.id=i-00000001");
    }

    private static final Rates RATES = new Rates(10, 0, 20, 300);
    private static final RateLimit DISK = new RateLimit(10 << 20, 0);
    private static final RateLimit NETWORK = new RateLimit(20 << 20, 300);

    /// A guest knows its disks by their order.
    @Test
    void image_isTheFirstDiskAndIsOnlyRead() {
        var both = new VmmCommand.Disks(true, true);
        var configure = new VmmCommand.Configure(1, 64, new Slot(new NetId(0), 3), both, RATES, "");
        assertThat(VmmConfiguration.requests(configure))
                .filteredOn(Command.Drive.class::isInstance)
                .containsExactly(
                        new Command.Drive(new DeviceId("image"), new VmmPath("/image"), true, DISK),
                        new Command.Drive(new DeviceId("data"), new VmmPath("/drive"), false, DISK));
        assertThat(VmmConfiguration.requests(new VmmCommand.GoOn(both, RATES)))
                .contains(
                        new Command.DriveLimit(new DeviceId("image"), DISK),
                        new Command.DriveLimit(new DeviceId("data"), DISK));
    }

    @Test
    void configuration_isSentInTheOrderOfTheProtocol() {
        assertThat(VmmConfiguration.requests(configure(true, RATES)))
                .containsExactly(
                        new Command.MachineConfig(2, 512),
                        new Command.BootSource(
                                new VmmPath("/kernel"), new VmmPath("/rootfs"), "console=ttyS0 mvm.id=i-00000001"),
                        new Command.NetworkInterface(new DeviceId("eth0"), "tn0i3", "02:fc:00:00:00:03", NETWORK),
                        new Command.Vsock(3, new VmmPath("/io/v.sock")),
                        new Command.Entropy(),
                        new Command.Drive(new DeviceId("data"), new VmmPath("/drive"), false, DISK));
        assertThat(VmmConfiguration.requests(configure(false, RATES)))
                .hasSize(5)
                .noneMatch(Command.Drive.class::isInstance);
    }

    /// A saved guest has the limits that it had then.
    @Test
    @Tag("claim-L7")
    void guestThatGoesOn_hasTheLimitsOfTodayBeforeItRuns() {
        assertThat(VmmConfiguration.requests(new VmmCommand.GoOn(new VmmCommand.Disks(false, true), RATES)))
                .containsExactly(
                        new Command.NetworkLimit(new DeviceId("eth0"), NETWORK),
                        new Command.DriveLimit(new DeviceId("data"), DISK),
                        new Command.Resume());
        assertThat(VmmConfiguration.requests(new VmmCommand.GoOn(new VmmCommand.Disks(false, false), RATES)))
                .containsExactly(new Command.NetworkLimit(new DeviceId("eth0"), NETWORK), new Command.Resume());
    }

    /// A command that guestd has read never fails to become requests.
    @Test
    void anyConfiguration_becomesRequests() {
        Property.holds(1_000, draw -> {
            var configure = Commands.configure(draw);
            int disks = (configure.disks().image() ? 1 : 0) + (configure.disks().volume() ? 1 : 0);
            assertThat(VmmConfiguration.requests(configure)).hasSize(5 + disks);
        });
    }
}
