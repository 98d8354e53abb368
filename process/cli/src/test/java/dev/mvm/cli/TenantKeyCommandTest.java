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
                + "\"versions\":[{\"version\":1,\"made_at\":\"m\",\"nodes\":[\"n-1\",\"n-2\"]},"
                + "{\"version\":2,\"made_at\":\"m\",\"nodes\":[]}]}";
        answer("GET /v1/keys", "{\"keys\":[" + key + "]}");
        answer("GET /v1/keys?tenant=demo", "{\"keys\":[" + key + "]}");
        answer("POST /v1/keys/demo/disk:rotate", key);
        answer("POST /v1/keys:rewrap", "{}");
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
        assertThat(mvm("tenant-key", "rewrap").out()).isEqualTo("every key is under the newest master key\n");
    }

    private static String record(int number, String action, String node, String result, String reason) {
        return "\"{\\\"seq\\\":" + number + ",\\\"time\\\":\\\"t\\\",\\\"action\\\":\\\"" + action
                + "\\\",\\\"tenant\\\":\\\"demo\\\",\\\"node\\\":\\\"" + node + "\\\",\\\"result\\\":\\\"" + result
                + "\\\",\\\"reason\\\":\\\"" + reason + "\\\",\\\"detail\\\":\\\"text " + number
                + "\\\",\\\"count\\\":1}\"";
    }

    @Test
    void recordsOfTheKeyService_areReadToTheEnd_releasesApart() {
        answer(
                "GET /v1/key-records?from=0&limit=1000",
                "{\"records\":[" + record(1, "rotate", "", "done", "") + ","
                        + record(7, "release", "n-1", "refused", "rationed") + "]}");
        answer(
                "GET /v1/key-records?from=8&limit=1000",
                "{\"records\":[" + record(8, "release", "n-2", "done", "") + "]}");
        answer("GET /v1/key-records?from=9&limit=1000", "{\"records\":[]}");
        assertThat(mvm("tenant-key", "history").out())
                .contains("rotate", "demo", "text 1")
                .doesNotContain("n-1")
                .doesNotContain("release");
        assertThat(mvm("tenant-key", "releases").out())
                .contains("n-1", "refused", "rationed: text 7\n", "n-2", "text 8")
                .doesNotContain("rotate");
        answer("GET /v1/key-records?from=3&limit=1000&tenant=demo&node=n-1", "{\"records\":[]}");
        assertThat(mvm("tenant-key", "releases", "demo", "--node", "n-1", "--from", "3")
                        .out())
                .isEmpty();
        assertThat(mvm("tenant-key", "releases", "--from", "-1").status()).isEqualTo(2);
        assertThat(mvm("tenant-key", "releases", "DEMO").status()).isEqualTo(2);
    }

    @Test
    void recordsThatGoInACircle_areAnError() {
        answer("GET /v1/key-records?from=5&limit=1000", "{\"records\":[" + record(2, "rotate", "", "done", "") + "]}");
        assertThat(mvm("tenant-key", "history", "--from", "5").status()).isEqualTo(1);
        answer("GET /v1/key-records?from=5&limit=1000", "{\"records\":[\"none\"]}");
        assertThat(mvm("tenant-key", "history", "--from", "5").err()).contains("malformed");
    }
}
