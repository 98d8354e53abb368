package dev.mvm.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.authoring.MeasuredRelease;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Tombstones and measurements over the network.
final class TenantEndsTest extends FleetTestBase {
    private static final TenantId ACME = new TenantId("acme");

    private static void refused(HttpResponse<String> answer, int status, String reason) {
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.body()).contains("\"" + reason + "\"");
    }

    private ByteString grant(int version) {
        var plain = Grants.grant("acme", version, 0, Grants.PLENTY, Grants.pool("web", 0, 9));
        return fleet.documents.envelope(
                Grants.withKeys(plain, new Grant.Key(new KeyName("disk"), KeyPurpose.VOLUME, 1)));
    }

    @Test
    void tombstone_endsGrantAndKeysAndName_andNothingBringsThemBack() throws Exception {
        fleet.post("/v1/tenants", "{\"tenant\":\"acme\"}");
        fleet.publish(grant(3));
        fleet.post("/v1/pools/acme/web:scale", "{\"running\":1}");
        refused(fleet.publishTombstone(fleet.documents.tombstone(ACME, 3)), 409, "grant_superseded");
        assertThat(fleet.get("/v1/tenants").body()).contains("grant_expires\":\"2100");

        var tombstone = fleet.documents.tombstone(ACME, 4);
        assertThat(fleet.publishTombstone(tombstone).statusCode()).isEqualTo(200);
        assertThat(fleet.get("/v1/tenants").body()).contains("\"acme\"").doesNotContain("2100");
        assertThat(fleet.get("/v1/keys").body()).doesNotContain("disk");
        refused(fleet.publish(grant(9)), 409, "tombstoned");
        assertThat(fleet.post("/v1/pools/acme/web:scale", "{\"running\":2}").body())
                .contains("no_grant");
        refused(fleet.post("/v1/tenants", "{\"tenant\":\"acme\"}"), 409, "tombstoned");
        assertThat(fleet.publishTombstone(tombstone).statusCode()).isEqualTo(200);
        refused(fleet.publishTombstone(fleet.documents.tombstone(ACME, 5)), 409, "tombstoned");
        assertThat(fleet.get("/v1/tombstones").body()).contains("\"tenant\":\"acme\",\"version\":4");

        fleet.documents.distrustTombstones();
        fleet.restart();
        assertThat(fleet.get("/v1/tombstones").body()).doesNotContain("acme");
        refused(fleet.publish(grant(10)), 409, "tombstoned");
    }

    /// Nobody gets the name of a tenant whose store was lost.
    @Test
    void tombstoneOfAnUnknownTenant_keepsItsNameFromBeingUsed() throws Exception {
        assertThat(fleet.publishTombstone(fleet.documents.tombstone(ACME, 1)).statusCode())
                .isEqualTo(200);
        refused(fleet.post("/v1/tenants", "{\"tenant\":\"acme\"}"), 409, "tombstoned");
        assertThat(fleet.post("/v1/tenants", "{\"tenant\":\"other\"}").statusCode())
                .isEqualTo(200);
    }

    @Test
    void unsignedDocuments_areRefused() throws Exception {
        refused(fleet.publishTombstone(ByteString.copyFromUtf8("end of a rival")), 409, "untrusted_key");
        refused(fleet.publishMeasurements(ByteString.copyFromUtf8("mine")), 409, "untrusted_key");
        assertThat(fleet.get("/v1/tombstones").body()).doesNotContain("tenant");
        assertThat(fleet.get("/v1/measurements").body()).doesNotContain("version");
    }

    @Test
    void measurements_areKeptInTheirOrder() throws Exception {
        var later = Instant.now().plus(Duration.ofDays(1));
        var release =
                new MeasuredRelease("0.4.0", List.of(new MeasuredRelease.Pcr(7, List.of(Digest.of(new byte[] {1})))));
        var first = fleet.documents.measurements(2, later, release);
        assertThat(fleet.publishMeasurements(first).body()).contains("\"name\":\"0.4.0\"", "\"pcr\":7");
        assertThat(fleet.publishMeasurements(first).statusCode()).isEqualTo(200);
        refused(fleet.publishMeasurements(fleet.documents.measurements(2, later)), 409, "measurements_superseded");
        refused(fleet.publishMeasurements(fleet.documents.measurements(1, later)), 409, "measurements_superseded");
        refused(
                fleet.publishMeasurements(
                        fleet.documents.measurements(3, Instant.now().minusSeconds(1))),
                409,
                "expired");
        assertThat(fleet.publishMeasurements(fleet.documents.measurements(3, later))
                        .statusCode())
                .isEqualTo(200);
        assertThat(fleet.get("/v1/measurements").body()).containsSubsequence("\"version\":2", "\"version\":3");
    }

    @Test
    void publishedDocuments_areEventsAndAudited_withTheirCaller() throws Exception {
        fleet.publishTombstone(fleet.documents.tombstone(ACME, 1));
        fleet.publishMeasurements(fleet.documents.measurements(1, Instant.now().plus(Duration.ofDays(1))));
        assertThat(fleet.get("/v1/events").body())
                .contains("tombstone_published")
                .contains("version 1, by ")
                .contains("measurements_published");
        var audit = Files.readString(folder.resolve("state/audit/audit-000000000001.jsonl"));
        assertThat(audit.lines().filter(line -> line.contains("PublishTombstone")))
                .singleElement()
                .asString()
                .contains("acme");
        assertThat(audit.lines().filter(line -> line.contains("PublishMeasurements")))
                .hasSize(1);
    }
}
