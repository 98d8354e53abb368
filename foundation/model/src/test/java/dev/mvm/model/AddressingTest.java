package dev.mvm.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.property.Property;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AddressingTest {
    /// IFNAMSIZ of linux/if.h, without the terminating NUL.
    private static final int NAME_MAX = 15;

    @Test
    void everySlot_hasNamesAndIdsOfItsOwn() {
        Set<String> names = new HashSet<>();
        Set<String> macs = new HashSet<>();
        Set<Integer> uids = new HashSet<>();
        int slots = 0;
        for (int net = 0; net <= NetId.MAX; net++) {
            for (int offset = Slot.FIRST; offset <= Slot.LAST; offset++) {
                var slot = new Slot(new NetId(net), offset);
                names.add(slot.tap());
                macs.add(slot.mac());
                uids.add(slot.uid());
                slots++;
                assertThat(slot.tap().length() <= NAME_MAX && clear(slot.uid())).isTrue();
            }
        }
        assertThat(names).hasSize(slots);
        assertThat(macs).hasSize(slots);
        assertThat(uids).hasSize(slots);
    }

    /// Away from system ids, systemd's dynamic and container ids, nobody, 16-bit -1, default subordinate ids.
    private static boolean clear(int uid) {
        boolean dynamic = uid >= 61_184 && uid <= 65_535;
        boolean container = uid >= 524_288 && uid <= 1_879_048_191;
        boolean subordinate = uid >= 100_000 && uid <= 600_100_000;
        return uid > 65_535 && !dynamic && !container && !subordinate;
    }

    @Test
    void mac_isLocalAndUnicast() {
        assertThat(new Slot(new NetId(0x123), 0x45).mac()).isEqualTo("02:fc:01:23:00:45");
    }

    @Test
    void bridge_fitsTheKernelsLimit() {
        var net = new TenantNet(new NetId(NetId.MAX), Subnet.parse("10.255.255.0/24"));
        assertThat(net.bridge()).isEqualTo("br-tenant-4095").hasSizeLessThanOrEqualTo(NAME_MAX);
    }

    @Test
    void addresses_comeFromTheSubnetAsGiven() {
        var net = new TenantNet(new NetId(7), Subnet.parse("10.241.16.0/22"));
        assertThat(net.gateway()).hasToString("10.241.16.1");
        assertThat(net.address(new Slot(new NetId(7), 254))).hasToString("10.241.16.254");
        assertThatThrownBy(() -> net.address(new Slot(new NetId(8), 3))).isInstanceOf(IllegalArgumentException.class);
        var small = new TenantNet(new NetId(7), Subnet.parse("10.240.7.0/29"));
        assertThatThrownBy(() -> small.address(new Slot(new NetId(7), 7))).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.240.0.0", "10.240.0.0/", "10.240.0.0/8", "10.240.0.0/30", "10.240.0.1/24", "10.239.0.0/16",
                "11.240.0.0/24", "10.240.0.0/024", "010.240.0.0/24", "10.240.0/24", "10.240.0.256/24",
                        "10.240.0.0/24/1",
                "::/24", "10.240.0.0/4294967320", " 10.240.0.0/24"
            })
    void badSubnet_isRefused(String text) {
        assertThatThrownBy(() -> Subnet.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void overlap_isTheSameAsSharingAnAddress() {
        Property.holds(3_000, draw -> {
            var a = subnet(draw.intBetween(20, 29), draw.intBetween(0, 0xfff));
            var b = subnet(draw.intBetween(20, 29), draw.intBetween(0, 0xfff));
            boolean shares =
                    Integer.compareUnsigned(first(a), last(b)) <= 0 && Integer.compareUnsigned(first(b), last(a)) <= 0;
            assertThat(a.overlaps(b)).isEqualTo(shares);
            assertThat(b.overlaps(a)).isEqualTo(shares);
        });
    }

    private static Subnet subnet(int prefix, int low) {
        int mask = -1 << (32 - prefix);
        return new Subnet(new Ipv4((0x0af00000 | low) & mask), prefix);
    }

    private static int first(Subnet subnet) {
        return subnet.network().bits();
    }

    private static int last(Subnet subnet) {
        return subnet.network().bits() + subnet.lastOffset() + 1;
    }

    @Test
    void address_readsBackWhatItPrints() {
        Property.holds(1_000, draw -> {
            var address = new Ipv4((int) draw.between(Integer.MIN_VALUE, Integer.MAX_VALUE));
            assertThat(Ipv4.parse(address.toString())).isEqualTo(address);
        });
    }
}
