package dev.mvm.coordinator.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.protocol.control.v1.FleetGrpc;
import dev.mvm.protocol.control.v1.NodeLinkGrpc;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class RequestMetricsTest {
    /// Dashboards ask for these labels. They follow from the names of methods in the `.proto` files, which are on the
    /// wire as well.
    @Test
    void calls_haveTheLabelsOfTheFormat() {
        var requests = new RequestMetrics();
        Stream.of(FleetGrpc.getServiceDescriptor(), NodeLinkGrpc.getServiceDescriptor())
                .flatMap(service -> service.getMethods().stream())
                .forEach(method -> requests.asked(RequestMetrics.Port.GRPC, method.getFullMethodName()));
        requests.asked(RequestMetrics.Port.REST, "Health");
        assertThat(requests.counts().counts(CoordinatorMetric.REQUESTS).keySet())
                .containsExactlyInAnyOrder(
                        List.of("grpc", "list_instances"),
                        List.of("grpc", "get_instance"),
                        List.of("grpc", "change_instance"),
                        List.of("grpc", "exec"),
                        List.of("grpc", "list_pools"),
                        List.of("grpc", "scale_pool"),
                        List.of("grpc", "revise_pool"),
                        List.of("grpc", "list_tenants"),
                        List.of("grpc", "create_tenant"),
                        List.of("grpc", "destroy_tenant"),
                        List.of("grpc", "publish_grant"),
                        List.of("grpc", "publish_root"),
                        List.of("grpc", "list_roots"),
                        List.of("grpc", "get_grant"),
                        List.of("grpc", "list_log"),
                        List.of("grpc", "get_log_head"),
                        List.of("grpc", "get_log_proof"),
                        List.of("grpc", "get_log_consistency"),
                        List.of("grpc", "list_keys"),
                        List.of("grpc", "rotate_key"),
                        List.of("grpc", "rewrap_keys"),
                        List.of("grpc", "enrol_node_key"),
                        List.of("grpc", "read_audit"),
                        List.of("grpc", "list_events"),
                        List.of("grpc", "list_nodes"),
                        List.of("grpc", "get_node"),
                        List.of("grpc", "verify_networks"),
                        List.of("grpc", "ask_agent"),
                        List.of("grpc", "watch"),
                        List.of("grpc", "session"),
                        List.of("grpc", "renew"),
                        List.of("grpc", "consistency"),
                        List.of("rest", "health"));
    }
}
