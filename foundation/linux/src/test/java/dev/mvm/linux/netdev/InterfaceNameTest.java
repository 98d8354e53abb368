package dev.mvm.linux.netdev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.property.Property;
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
                "-a",
                "A",
                "a b",
                "a.b",
                "a\n",
                "a:1",
                "a\0",
                "\u00e9",
                "sixteencharacter",
                "a%d"
            })
    void whatIsNoName_isRefused(String name) {
        assertThatThrownBy(() -> new InterfaceName(name)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "lo", "tn4095i253", "br-tenant-3", "fifteen-letters", "all2"})
    void name_isAccepted(String name) {
        assertThat(new InterfaceName(name)).hasToString(name);
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
