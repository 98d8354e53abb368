package dev.mvm.coordinator.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.protocol.control.v1.FleetGrpc;
import dev.mvm.protocol.control.v1.NodeLinkGrpc;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class RequestMetricsTest {
    private static final String METHODS = """
            list_instances get_instance change_instance exec logs list_pools scale_pool revise_pool list_tenants
            create_tenant destroy_tenant publish_grant publish_root list_roots get_grant list_log get_log_head
            get_log_proof get_log_consistency list_keys rotate_key rewrap_keys get_key_service
            list_key_records publish_node list_node_documents publish_tombstone list_tombstones
            publish_measurements list_measurements list_operators add_operator change_operator revoke_operator renew_operator read_audit
            list_node_certificates make_enrolment_token revoke_node_certificates list_events list_nodes get_node verify_networks ask_agent watch session renew consistency
            """;

    /// Dashboards ask for these labels. They follow from the names of methods in the `.proto` files, which are on the
    /// wire as well.
    @Test
    void calls_haveTheLabelsOfTheFormat() {
        var requests = new RequestMetrics();
        Stream.of(FleetGrpc.getServiceDescriptor(), NodeLinkGrpc.getServiceDescriptor())
                .flatMap(service -> service.getMethods().stream())
                .forEach(method -> requests.asked(RequestMetrics.Port.GRPC, method.getFullMethodName()));
        requests.asked(RequestMetrics.Port.REST, "Health");
        var labels = new ArrayList<List<String>>();
        for (var method : METHODS.strip().split("\\s+", -1)) {
            labels.add(List.of("grpc", method));
        }
        labels.add(List.of("rest", "health"));
        assertThat(requests.counts().counts(CoordinatorMetric.REQUESTS).keySet())
                .containsExactlyInAnyOrderElementsOf(labels);
    }
}
