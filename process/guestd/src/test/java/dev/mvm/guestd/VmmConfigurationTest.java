package dev.mvm.guestd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.NetId;
import dev.mvm.model.Slot;
import dev.mvm.property.Property;
import dev.mvm.protocol.firecracker.Command;
import dev.mvm.protocol.firecracker.DeviceId;
import dev.mvm.protocol.firecracker.VmmPath;
import dev.mvm.protocol.guestd.VmmCommand;
import org.junit.jupiter.api.Test;

final class VmmConfigurationTest {
    private static VmmCommand.Configure configure(boolean volume) {
        return new VmmCommand.Configure(2, 512, new Slot(new NetId(0), 3), volume, "console=ttyS0 mvm.id=i-00000001");
    }

    @Test
    void configuration_isSentInTheOrderOfTheProtocol() {
        assertThat(VmmConfiguration.requests(configure(true)))
                .containsExactly(
                        new Command.MachineConfig(2, 512),
                        new Command.BootSource(
                                new VmmPath("/kernel"), new VmmPath("/rootfs"), "console=ttyS0 mvm.id=i-00000001"),
                        new Command.NetworkInterface(new DeviceId("eth0"), "tn0i3", "02:fc:00:00:00:03"),
                        new Command.Vsock(3, new VmmPath("/io/v.sock")),
                        new Command.Entropy(),
                        new Command.Drive(new DeviceId("data"), new VmmPath("/drive")));
        assertThat(VmmConfiguration.requests(configure(false))).hasSize(5).noneMatch(Command.Drive.class::isInstance);
    }

    /// A command that guestd has read never fails to become requests.
    @Test
    void anyConfiguration_becomesRequests() {
        Property.holds(
                1_000,
                draw -> assertThat(VmmConfiguration.requests(Commands.configure(draw)))
                        .hasSizeBetween(5, 6));
    }
}
