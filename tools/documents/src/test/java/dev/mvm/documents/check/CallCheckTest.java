package dev.mvm.documents.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.documents.repository.Checkout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CallCheckTest {
    private static final String SCHEMA = "protocol/control/src/main/proto/mvm/control/v1/";
    private static final String VMM = "protocol/firecracker/src/test/resources/x/firecracker-1.yaml";

    @TempDir
    private Path root;

    private Checkout checkout;

    @BeforeEach
    void schemas() throws IOException {
        checkout = new Checkout(root)
                .with(SCHEMA + "fleet.proto", """
                        service Fleet {
                          rpc ListPools(ListPoolsRequest) returns (ListPoolsResponse) {
                            option (google.api.http) = {get: "/v1/pools"};
                          }
                          rpc ScalePool(ScalePoolRequest) returns (Pool) {
                            option (google.api.http) = {
                              post: "/v1/pools/{tenant}/{pool}:scale"
                              body: "*"
                            };
                          }
                        }
                        message ListPoolsRequest {
                          string tenant = 1;
                        }
                        """)
                .with(SCHEMA + "node.proto", """
                        service NodeLink {
                          rpc Watch(stream NodeMessage) returns (stream CoordinatorMessage);
                        }
                        """)
                .with(VMM, "paths:\n  /machine-config:\n  /drives/{drive_id}:\n")
                .with("process/coordinator/src/main/java/p/Router.java", "\"/v1/health\"");
    }

    private List<String> complaints(String control) throws IOException {
        var repository = checkout.with("docs/protocol/control.md", control).repository();
        return new CallCheck(repository).complaints();
    }

    @Test
    void callsOfTheSchemas_areFine() throws IOException {
        assertThat(complaints("""
                `ListPools` `GET /v1/pools?tenant=`, `ScalePool` `POST /v1/pools/{tenant}/{pool}:scale`, `Watch`
                `/v1/pools/demo/web:scale`, `GET /v1/health`, `PUT /machine-config`, `PUT /drives/volume`
                """)).isEmpty();
    }

    @Test
    void otherCalls_areFound() throws IOException {
        assertThat(complaints("""
                `ListPools`
                `POST /v1/pools`
                `GET /v1/pools?color=`
                `/v1/pools/demo:scale`
                `PUT /engine`
                `Watch`
                """))
                .containsExactly(
                        "docs/protocol/control.md:2: there is no call POST /v1/pools",
                        "docs/protocol/control.md:3: there is no call GET /v1/pools?color=",
                        "docs/protocol/control.md:4: there is no call /v1/pools/demo:scale",
                        "docs/protocol/control.md:5: there is no call PUT /engine",
                        "docs/protocol/control.md does not name the call ScalePool");
    }

    @Test
    void schemaThatIsNotUnderstood_isFound() throws IOException {
        checkout.with(SCHEMA + "fleet.proto", "");
        assertThat(complaints("`Watch`")).containsExactly(SCHEMA + "fleet.proto has no calls");
    }
}
