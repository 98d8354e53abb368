package dev.mvm.coordinator.api;

import com.google.protobuf.Message;
import dev.mvm.coordinator.node.Events;
import dev.mvm.protocol.control.v1.EnrolmentToken;
import dev.mvm.protocol.control.v1.FleetEvent;
import dev.mvm.protocol.control.v1.Measurements;
import dev.mvm.protocol.control.v1.NodeCertificate;
import dev.mvm.protocol.control.v1.NodeDocument;
import dev.mvm.protocol.control.v1.Tombstone;
import dev.mvm.protocol.trust.audit.AuditLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Records of the changes that callers have made, with their names: each in the coordinator's audit, and those of
/// documents about nodes, ends of tenants, and certificates of nodes as events, too.
public final class ChangeRecords {
    /// Fields of requests and answers that say what was changed, in this order.
    private static final List<String> SUBJECT =
            List.of("tenant", "pool", "instance", "key", "node", "operator", "role");

    /// Fields that say which tenants an operator is for.
    private static final String ALL_TENANTS = "all_tenants";

    private static final String TENANTS = "tenants";
    private static final String EVERY = "*";

    private static final String DONE = "done";

    private final AuditLog audit;
    private final Events events;

    public ChangeRecords(AuditLog audit, Events events) {
        this.audit = audit;
        this.events = events;
    }

    /// Records a change that was made.
    ///
    /// @param caller name from the certificate or the port; never text that the caller chose
    /// @param method full name, as `mvm.control.v1.Fleet/PublishGrant`
    void note(String caller, String method, Message request, Message answer) {
        var subject = subject(request);
        audit.noted(
                method.substring(method.indexOf('/') + 1), caller, DONE, subject.isEmpty() ? subject(answer) : subject);
        switch (answer) {
            case NodeDocument document ->
                events.add(FleetEvent.newBuilder()
                        .setEvent("node_published")
                        .setNode(document.getNode())
                        .setDetail("version " + document.getVersion() + ", " + key(document) + ", by " + caller));
            case Tombstone tombstone ->
                events.add(FleetEvent.newBuilder()
                        .setEvent("tombstone_published")
                        .setSubject(tombstone.getTenant())
                        .setDetail("version " + tombstone.getVersion() + ", by " + caller));
            case Measurements list ->
                events.add(FleetEvent.newBuilder()
                        .setEvent("measurements_published")
                        .setDetail("version " + list.getVersion() + ", by " + caller));
            case EnrolmentToken made ->
                events.add(FleetEvent.newBuilder()
                        .setEvent("enrolment_token_made")
                        .setNode(made.getNode())
                        .setDetail("good until " + made.getExpires() + ", by " + caller));
            case NodeCertificate revoked ->
                events.add(FleetEvent.newBuilder()
                        .setEvent("certificates_revoked")
                        .setNode(revoked.getNode())
                        .setDetail("by " + caller));
            default -> {}
        }
    }

    private static String key(NodeDocument document) {
        return document.getNodeKey().isEmpty() ? "no key" : document.getNodeKey();
    }

    private static Optional<String> tenants(Message message) {
        var all = message.getDescriptorForType().findFieldByName(ALL_TENANTS);
        var some = message.getDescriptorForType().findFieldByName(TENANTS);
        if (all == null || some == null) {
            return Optional.empty();
        }
        return Optional.of(
                message.getField(all).equals(true)
                        ? EVERY
                        : ((List<?>) message.getField(some))
                                .stream().map(String::valueOf).collect(Collectors.joining(",")));
    }

    private static String subject(Message message) {
        var out = new ArrayList<String>();
        for (var name : SUBJECT) {
            var field = message.getDescriptorForType().findFieldByName(name);
            if (field != null && message.getField(field) instanceof String text && !text.isEmpty()) {
                out.add(text);
            }
        }
        tenants(message).ifPresent(out::add);
        return String.join("/", out);
    }
}
