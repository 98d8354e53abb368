package dev.mvm.coordinator.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.trust.authoring.DefaultSubnet;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/// The form of values in existing stores.
final class RecordsTest {
    private static final Instant AT = Instant.parse("2026-06-01T12:00:00Z");
    private static final Digest ONE = Digest.of(new byte[] {1});
    private static final String HEX = "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a";

    private static final String TENANT = "{\"tenant\":\"demo\",\"net_id\":7,\"subnet\":\"10.240.7.0/24\","
            + "\"created_at\":\"2026-06-01T12:00:00Z\",\"destroyed\":false}";
    private static final String TARGETS = "{\"pools\":[{\"pool\":\"web\",\"running\":3,\"warm\":2,\"sleeping\":1,"
            + "\"revision\":\"sha256:" + HEX + "\"}]}";
    private static final String STATE =
            "{\"sequence\":42," + "\"digest\":\"sha256:" + HEX + "\"," + "\"fingerprint\":\"sha256:" + HEX + "\","
                    + "\"issued_at\":\"2026-06-01T12:00:00Z\",\"expires\":\"2026-06-01T13:00:00Z\"," + "\"index\":41}";
    private static final String KEY = "{\"tenant\":\"demo\",\"id\":\"disk\",\"purpose\":\"volume\",\"version\":3,"
            + "\"check\":\"AAAAAAAAAAAAAAAAAAAAAA==\"}";

    private static void same(byte[] written, String golden) {
        assertThat(new String(written, UTF_8)).isEqualTo(golden);
    }

    @Test
    void records_areWrittenAsEver() throws Exception {
        var net = new NetId(7);
        var tenant = new Tenant(new TenantId("demo"), new TenantNet(net, DefaultSubnet.of(net)), AT, false);
        same(Records.bytes(tenant), TENANT);
        assertThat(Records.tenant(TENANT.getBytes(UTF_8))).isEqualTo(tenant);

        var targets = List.of(new PoolTarget(new PoolId("web"), new Counts(3, 2, 1), Optional.of(ONE)));
        same(Records.bytes(targets), TARGETS);
        assertThat(Records.targets(TARGETS.getBytes(UTF_8))).isEqualTo(targets);

        same(Records.bytes(new Allocation(8)), "{\"used\":8}");

        var state = new IssuedState(42, ONE, ONE, AT, AT.plusSeconds(3600), OptionalLong.of(41));
        same(Records.bytes(state), STATE);
        assertThat(Records.issuedState(STATE.getBytes(UTF_8))).isEqualTo(state);
    }

    @Test
    void keysAsStatesNameThem_areWrittenAsEver() throws Exception {
        var key = new NamedKey(new TenantId("demo"), new KeyName("disk"), KeyPurpose.VOLUME, 3, Bytes.of(new byte[16]));
        same(Records.bytes(key), KEY);
        assertThat(Records.namedKey(KEY.getBytes(UTF_8))).isEqualTo(key);
    }
}
