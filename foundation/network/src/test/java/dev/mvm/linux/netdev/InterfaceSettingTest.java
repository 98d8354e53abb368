package dev.mvm.linux.netdev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.namespace.NetworkNamespace;
import dev.mvm.linux.netlink.Netlink;
import dev.mvm.model.InterfaceName;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class InterfaceSettingTest {
    private static final InterfaceName BRIDGE = new InterfaceName("br0");

    @Test
    void settings_areOfOneInterfaceInOneNamespace() throws Exception {
        try (var namespace = NetworkNamespace.create()) {
            var outcome = namespace.call(() -> {
                try (var netlink = new Netlink()) {
                    var _ = netlink.createBridge(BRIDGE);
                    for (var setting : InterfaceSetting.values()) {
                        if (setting == InterfaceSetting.DISABLE_IPV6) {
                            if (Files.notExists(Path.of("/proc/sys/net/ipv6/conf"))) {
                                continue; // a kernel without IPv6
                            }
                        }
                        for (int value : new int[] {1, 0, 1}) {
                            setting.set(BRIDGE, value);
                            assertThat(setting.get(BRIDGE)).isEqualTo(value);
                        }
                    }
                    InterfaceSetting.RP_FILTER.set(BRIDGE, 0);
                    return InterfaceSetting.ACCEPT_REDIRECTS.get(BRIDGE)
                            + 10 * InterfaceSetting.RP_FILTER.get(BRIDGE)
                            + 100 * InterfaceSetting.PROXY_ARP.get(new InterfaceName("lo"));
                }
            });
            assertThat(outcome).isEqualTo(1);
        }
        assertErrno(Errno.ENOENT, InterfaceSetting.FORWARDING); // not here
    }

    private static void assertErrno(int errno, InterfaceSetting setting) {
        assertThatThrownBy(() -> setting.set(BRIDGE, 1))
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
