package dev.mvm.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import org.junit.jupiter.api.Test;

/// Calls about tenants, their grants and their pools.
final class TenantCallsTest extends FleetTestBase {
    @Test
    void tenants_areCreatedOnceAndNeverAgain() throws Exception {
        assertThat(fleet.post("/v1/tenants", "{\"tenant\":\"acme\"}").body()).contains("\"net_id\":0", "10.240.0.0/24");
        assertThat(fleet.post("/v1/tenants", "{\"tenant\":\"acme\"}").body()).contains("tenant_exists");
        assertThat(fleet.rest("DELETE", "/v1/tenants/acme", "").statusCode()).isEqualTo(200);
        assertThat(fleet.get("/v1/tenants").body()).doesNotContain("acme");
        var again = fleet.post("/v1/tenants", "{\"tenant\":\"acme\"}");
        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(again.body()).contains("name_used");
        assertThat(fleet.post("/v1/tenants", "{\"tenant\":\"other\"}").body())
                .contains("\"net_id\":1", "10.240.1.0/24");
        assertThat(fleet.rest("DELETE", "/v1/tenants/acme", "").statusCode()).isEqualTo(404);
    }

    @Test
    void tenantInUse_isNotForgotten() throws Exception {
        fleet.granted("acme", Grants.pool("web", 0, 9));
        fleet.post("/v1/pools/acme/web:scale", "{\"running\":1}");
        assertThat(fleet.rest("DELETE", "/v1/tenants/acme", "").body()).contains("tenant_in_use");
        fleet.post("/v1/pools/acme/web:scale", "{\"running\":0}");
        var node = fleet.node("edge-1");
        node.report(FakeNode.instance("acme/web/i-00000001", "Stopped"));
        eventually("/v1/instances", body -> body.contains("i-00000001"));
        assertThat(fleet.rest("DELETE", "/v1/tenants/acme", "").body()).contains("tenant_in_use");
        node.report(FakeNode.instance("acme/web/i-00000001", "Destroyed"));
        eventually("/v1/instances", body -> body.contains("Destroyed"));
        assertThat(fleet.rest("DELETE", "/v1/tenants/acme", "").statusCode()).isEqualTo(200);
    }

    @Test
    void scaling_staysWithinTheGrant() throws Exception {
        fleet.granted("acme", Grants.pool("web", 0, 9));
        assertThat(fleet.post("/v1/pools/acme/web:scale", "{\"running\":10}").body())
                .contains("beyond_grant_count");
        var beyondCap = fleet.post("/v1/pools/acme/web:scale", "{\"running\":101}");
        assertThat(beyondCap.statusCode()).isEqualTo(400);
        assertThat(fleet.post("/v1/pools/acme/web:scale", "{\"running\":-1}").statusCode())
                .isEqualTo(400);
        assertThat(fleet.post("/v1/pools/acme/db:scale", "{\"running\":1}").body())
                .contains("unknown_pool");
        assertThat(fleet.post("/v1/pools/none/db:scale", "{\"running\":1}").body())
                .contains("unknown_tenant");
        assertThat(fleet.get("/v1/pools").body()).contains("\"desired\":{\"running\":0,");
    }

    @Test
    void revision_canBeChosenAndGivenBack() throws Exception {
        fleet.granted("acme", Grants.pool("web", 0, 9));
        var two = Grants.revision("two");
        var node = fleet.node("edge-1");
        assertThat(node.nextState().tenants().getFirst().pools().getFirst().revision())
                .isEqualTo(Grants.revision("one"));
        assertThat(fleet.post("/v1/pools/acme/web:revise", "{\"revision\":\"" + two + "\"}")
                        .body())
                .contains(two.value());
        assertThat(node.nextState().tenants().getFirst().pools().getFirst().revision())
                .isEqualTo(Grants.revision("two"));
        var other = Grants.revision("three");
        assertThat(fleet.post("/v1/pools/acme/web:revise", "{\"revision\":\"" + other + "\"}")
                        .body())
                .contains("beyond_grant_revision");
        assertThat(fleet.post("/v1/pools/acme/web:revise", "").body())
                .contains(Grants.revision("one").value());
    }

    @Test
    void grants_areRefusedForAReason() throws Exception {
        assertThat(fleet.publish(fleet.documents.envelope(Grants.grant("acme", 1, 0, Grants.PLENTY)))
                        .body())
                .contains("unknown_tenant");
        fleet.post("/v1/tenants", "{\"tenant\":\"acme\"}");
        assertThat(fleet.publish(ByteString.copyFromUtf8("forged")).body()).contains("untrusted_key");
        assertThat(fleet.publish(fleet.documents.envelope(Grants.grant("acme", 1, 7, Grants.PLENTY)))
                        .body())
                .contains("beyond_grant_network");
        assertThat(fleet.publish(fleet.documents.envelope(Grants.grant("acme", 2, 0, Grants.PLENTY)))
                        .statusCode())
                .isEqualTo(200);
        assertThat(fleet.publish(fleet.documents.envelope(Grants.grant("acme", 2, 0, Grants.PLENTY)))
                        .statusCode())
                .as("the same again")
                .isEqualTo(200);
        assertThat(fleet.publish(fleet.documents.envelope(Grants.grant("acme", 1, 0, Grants.PLENTY)))
                        .body())
                .contains("grant_superseded");
        var other = Grants.grant("acme", 2, 0, Grants.PLENTY, Grants.pool("web", 0, 1));
        assertThat(fleet.publish(fleet.documents.envelope(other)).body()).contains("grant_superseded");
    }
}
