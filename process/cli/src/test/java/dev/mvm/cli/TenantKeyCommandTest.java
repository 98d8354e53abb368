package dev.mvm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.json.Json;
import dev.mvm.json.JsonLimits;
import org.junit.jupiter.api.Test;

/// `mvm tenant-key`.
final class TenantKeyCommandTest extends CommandTest {
    @Test
    void keys_areShownRotatedAndRewrapped() throws Exception {
        var key = "{\"tenant\":\"demo\",\"key\":\"disk\",\"purpose\":\"volume\",\"version\":2,\"min_version\":1,"
                + "\"authority\":\"local\",\"versions\":[{\"version\":1,\"master\":\"ab\",\"made_at\":\"m\",\"nodes\":[\"n-1\",\"n-2\"]},"
                + "{\"version\":2,\"master\":\"cd\",\"made_at\":\"m\",\"nodes\":[]}]}";
        answer("GET /v1/keys", "{\"keys\":[" + key + "]}");
        answer("GET /v1/keys?tenant=demo", "{\"keys\":[" + key + "]}");
        answer("POST /v1/keys/demo/disk:rotate", key);
        answer("POST /v1/keys:rewrap", "{\"rewrapped\":2,\"unchanged\":1}");
        assertThat(mvm("tenant-key", "list").out()).contains("demo/disk").contains("volume");
        assertThat(mvm("tenant-key", "status", "demo").out().lines())
                .hasSize(2)
                .first()
                .asString()
                .contains("n-1,n-2");
        assertThat(Json.parse(mvm("tenant-key", "list", "--json").out().getBytes(UTF_8), JsonLimits.foreign(4096)))
                .isInstanceOf(Json.Arr.class);
        assertThat(mvm("tenant-key", "rotate", "demo/disk").out()).isEqualTo("demo/disk  has version 2\n");
        assertThat(mvm("tenant-key", "rotate", "demo").status()).isEqualTo(2);
        assertThat(mvm("tenant-key", "rewrap").out()).isEqualTo("2 rewrapped, 1 already under the newest master key\n");
    }
}
