package dev.mvm.coordinator.node;

import dev.mvm.protocol.control.v1.FleetEvent;
import dev.mvm.protocol.control.v1.Instance;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The events between two views of a node. Views are sanitized, and so are the events.
final class NodeViewDiff {
    private final NodeView before;
    private final NodeView after;
    private final List<FleetEvent.Builder> out = new ArrayList<>();

    private NodeViewDiff(NodeView before, NodeView after) {
        this.before = before;
        this.after = after;
    }

    /// Returns the events in their order, without numbers and time.
    static List<FleetEvent.Builder> between(NodeView before, NodeView after) {
        var diff = new NodeViewDiff(before, after);
        diff.node();
        diff.certificate();
        diff.keys();
        diff.instances();
        return diff.out;
    }

    private void node() {
        if (before.connected() != after.connected()) {
            add(after.connected() ? "node_connected" : "node_lost", "", "");
        }
        if (after.installed() != before.installed() && after.installed() != 0) {
            add("state_in_force", "", "state " + after.installed());
        }
        if (!after.refused().equals(before.refused()) && !after.refused().isEmpty()) {
            add("state_refused", "", after.refused());
        }
        boolean out = after.about().getOutOfServiceCount() > 0;
        if (out != before.about().getOutOfServiceCount() > 0) {
            add(
                    out ? "node_out_of_service" : "node_in_service",
                    "",
                    out ? after.about().getOutOfService(0) : "");
        }
    }

    private void certificate() {
        var earlier = before.about();
        var now = after.about();
        if (!earlier.getCertificateExpires().isEmpty()
                && !now.getCertificateExpires().isEmpty()
                && !now.getCertificateExpires().equals(earlier.getCertificateExpires())) {
            add("certificate_replaced", "", "until " + now.getCertificateExpires());
        }
        if (!now.getCertificateFault().isEmpty() && !now.getCertificateFault().equals(earlier.getCertificateFault())) {
            add(
                    "certificate_not_renewed",
                    "",
                    "until " + now.getCertificateExpires() + ": " + now.getCertificateFault());
        }
    }

    private void keys() {
        var earlier = before.keys();
        var now = after.keys();
        if (now.period() != earlier.period() && now.period() != 0) {
            add("keys_taken", "", "period " + now.period() + ", until " + now.expires());
        }
        if (!now.fault().equals(earlier.fault()) && !now.fault().isEmpty()) {
            add("keys_not_taken", "", now.fault());
        }
        if (!now.refused().equals(earlier.refused()) && !now.refused().isEmpty()) {
            add("keys_refused", "", now.refusedLine());
        }
    }

    private void instances() {
        var earlier = byAddress(before.instances());
        var now = byAddress(after.instances());
        now.forEach((address, instance) -> {
            if (earlier.containsKey(address)) {
                changed(earlier.getOrDefault(address, instance), instance);
            } else {
                add("instance_appeared", address, instance.getState() + because(instance));
            }
        });
        earlier.keySet().stream()
                .filter(address -> !now.containsKey(address))
                .forEach(address -> add("instance_gone", address, ""));
    }

    private void changed(Instance earlier, Instance now) {
        var address = now.getAddress();
        if (!earlier.getState().equals(now.getState())) {
            add("instance_changed", address, earlier.getState() + " to " + now.getState() + because(now));
        }
        if (!earlier.getRevision().equals(now.getRevision())) {
            add("instance_revised", address, now.getRevision());
        }
        if (earlier.getHealthy() != now.getHealthy() && now.getState().equals("Running")) {
            add(now.getHealthy() ? "instance_healthy" : "instance_unhealthy", address, "");
        }
    }

    private static String because(Instance instance) {
        return instance.getReason().isEmpty() ? "" : ": " + instance.getReason();
    }

    private static Map<String, Instance> byAddress(List<Instance> instances) {
        var out = new LinkedHashMap<String, Instance>();
        instances.forEach(instance -> out.put(instance.getAddress(), instance));
        return out;
    }

    private void add(String event, String subject, String detail) {
        out.add(FleetEvent.newBuilder()
                .setEvent(event)
                .setNode(after.node().value())
                .setSubject(subject)
                .setDetail(detail));
    }
}
