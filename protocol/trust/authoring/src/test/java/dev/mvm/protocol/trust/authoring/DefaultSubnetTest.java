package dev.mvm.protocol.trust.authoring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.NetId;
import dev.mvm.model.Subnet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class DefaultSubnetTest {
    @Test
    void firstAndLast_areTheEndsOfTheRange() {
        assertThat(DefaultSubnet.of(new NetId(0))).isEqualTo(Subnet.parse("10.240.0.0/24"));
        assertThat(DefaultSubnet.of(new NetId(1))).isEqualTo(Subnet.parse("10.240.1.0/24"));
        assertThat(DefaultSubnet.of(new NetId(NetId.MAX))).isEqualTo(Subnet.parse("10.255.255.0/24"));
    }

    @Test
    void noTwoNets_haveOneSubnet() {
        assertThat(IntStream.rangeClosed(0, NetId.MAX).mapToObj(net -> DefaultSubnet.of(new NetId(net))))
                .doesNotHaveDuplicates();
    }
}
