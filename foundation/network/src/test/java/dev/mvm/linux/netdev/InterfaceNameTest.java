package dev.mvm.linux.netdev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.namespace.NetworkNamespace;
import dev.mvm.linux.netlink.Netlink;
import dev.mvm.model.InterfaceName;
import dev.mvm.property.Property;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class InterfaceNameTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "all",
                "default",
                "a/b",
                "../all",
                "1a",
                ".a",
                "_a",
                "-a",
                "a b",
                "a\n",
                "a:1",
                "a\0",
                "\u00e9",
                "sixteencharacter",
                "a%d"
            })
    void whatIsNoName_isRefused(String name) throws Exception {
        assertThatThrownBy(() -> new InterfaceName(name)).isInstanceOf(IllegalArgumentException.class);
        assertThat(name.contains("\0") || !bootstrapAccepts(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "A",
                "enP2p1s0f0",
                "eth0.100",
                "a..b",
                "a_b",
                "a",
                "lo",
                "tn4095i253",
                "br-tenant-3",
                "fifteen-letters",
                "all2"
            })
    void name_isAccepted(String name) throws Exception {
        assertThat(new InterfaceName(name)).hasToString(name);
        assertThat(bootstrapAccepts(name)).isTrue();
    }

    /// Asks the function with which the node's bootstrap looks at the name of an uplink.
    private static boolean bootstrapAccepts(String name) throws Exception {
        var script = Path.of("../..", "packaging/debian/node/tool/bootstrap.sh");
        var function = Files.readAllLines(script).stream()
                .filter(line -> line.startsWith("interface_name() {"))
                .findFirst()
                .orElseThrow();
        var call = function + "\ninterface_name \"$1\"";
        return new ProcessBuilder("bash", "-c", call, "bash", name)
                        .inheritIO()
                        .start()
                        .waitFor()
                == 0;
    }

    /// The kernel's own opinion: dev_valid_name.
    @ParameterizedTest
    @ValueSource(strings = {"A", "enP2p1s0f0", "eth0.100", "a..b"})
    void name_isOneForTheKernel(String name) throws Exception {
        try (var namespace = NetworkNamespace.create()) {
            namespace.run(() -> {
                try (var netlink = new Netlink()) {
                    assertThat(netlink.createBridge(new InterfaceName(name)).name())
                            .isEqualTo(name);
                    InterfaceSetting.FORWARDING.set(new InterfaceName(name), 1);
                }
            });
        }
    }

    @Test
    void hardwareAddress_isTheSameInAllForms() {
        assertThat(new MacAddress(0x02fc00000001L)).hasToString("02:fc:00:00:00:01");
        Property.holds(200, draw -> {
            var address = new MacAddress(draw.between(0, (1L << 48) - 1));
            assertThat(MacAddress.of(address.bytes())).isEqualTo(address);
        });
        assertThatThrownBy(() -> new MacAddress(1L << 48)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new MacAddress(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MacAddress.of(new byte[5])).isInstanceOf(IllegalArgumentException.class);
    }
}
