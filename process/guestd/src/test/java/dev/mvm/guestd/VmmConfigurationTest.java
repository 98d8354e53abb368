package dev.mvm.guestd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mvm.protocol.firecracker.Command;
import dev.mvm.protocol.firecracker.DeviceId;
import dev.mvm.protocol.firecracker.VmmPath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class VmmConfigurationTest {
    private static final String MAC = "02:fc:00:00:00:03";

    @Test
    void configuration_isSentInTheOrderOfTheProtocol() {
        var configuration = VmmConfiguration.parse("2 512 tn0i3 " + MAC + " volume\nconsole=ttyS0 mvm.id=i-00000001");
        assertThat(configuration.commands())
                .containsExactly(
                        new Command.MachineConfig(2, 512),
                        new Command.BootSource(
                                new VmmPath("/kernel"), new VmmPath("/rootfs"), "console=ttyS0 mvm.id=i-00000001"),
                        new Command.NetworkInterface(new DeviceId("eth0"), "tn0i3", MAC),
                        new Command.Vsock(3, new VmmPath("/io/v.sock")),
                        new Command.Entropy(),
                        new Command.Drive(new DeviceId("data"), new VmmPath("/drive")));
        assertThat(VmmConfiguration.parse("2 512 tn0i3 " + MAC + " none\nx").commands())
                .hasSize(5)
                .noneMatch(Command.Drive.class::isInstance);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "2 512 tn0i3 02:fc:00:00:00:03 none",
                "2 512 tn0i3 02:fc:00:00:00:03 some\nx",
                "2 512 tn0i3 02:fc:00:00:00:03 none \nx",
                "2 512 tn0i3 02:fc:00:00:00:03 none more\nx",
                "2  512 tn0i3 02:fc:00:00:00:03 none\nx",
                "02 512 tn0i3 02:fc:00:00:00:03 none\nx",
                "0 512 tn0i3 02:fc:00:00:00:03 none\nx",
                "33 512 tn0i3 02:fc:00:00:00:03 none\nx",
                "2 1048577 tn0i3 02:fc:00:00:00:03 none\nx",
                "2 99999999999 tn0i3 02:fc:00:00:00:03 none\nx",
                "2 512 ../tn0i3 02:fc:00:00:00:03 none\nx",
                "2 512 a-tap-with-a-long-name 02:fc:00:00:00:03 none\nx",
                "2 512 tn0i3 03:fc:00:00:00:03 none\nx",
                "2 512 tn0i3 none\nx",
                "2 512 tn0i3 02:fc:00:00:00:03 none\nx\n",
                "2 512 tn0i3 02:fc:00:00:00:03 none\nx\ny",
                "2 512 tn0i3 02:fc:00:00:00:03 none\nx\u0000",
                "2 512 tn0i3 02:fc:00:00:00:03 none\ncaf\u00e9"
            })
    void anythingElse_isRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> VmmConfiguration.parse(text));
    }

    @Test
    void commandLine_hasTheKernelsLimit() {
        var begin = "2 512 tn0i3 " + MAC + " none\n";
        assertThat(VmmConfiguration.parse(begin + "x".repeat(2_047)).boot().args())
                .hasSize(2_047);
        assertThatIllegalArgumentException().isThrownBy(() -> VmmConfiguration.parse(begin + "x".repeat(2_048)));
    }
}
