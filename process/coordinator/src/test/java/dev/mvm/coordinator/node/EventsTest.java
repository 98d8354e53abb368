package dev.mvm.coordinator.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.NodeId;
import dev.mvm.protocol.control.v1.FleetEvent;
import dev.mvm.protocol.control.v1.Instance;
import dev.mvm.protocol.control.v1.Node;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Events of a node that changes, and the events that are kept.
final class EventsTest {
    private static final NodeId NODE = new NodeId("edge-1");

    private final Events events = new Events(() -> Instant.parse("2026-06-01T12:00:00Z"));

    private static Instance instance(int number, String state, boolean healthy) {
        return Instance.newBuilder()
                .setAddress("acme/web/i-%08x".formatted(number))
                .setState(state)
                .setHealthy(healthy)
                .build();
    }

    private static List<String> between(NodeView before, NodeView after) {
        return NodeViewDiff.between(before, after).stream()
                .map(event -> (event.getEvent() + " " + event.getSubject() + " " + event.getDetail()).strip())
                .toList();
    }

    private static FleetEvent.Builder event(String subject) {
        return FleetEvent.newBuilder()
                .setEvent("instance_gone")
                .setNode("edge-1")
                .setSubject(subject);
    }

    private List<Long> numbers(long after, int limit) throws Exception {
        return events.after(after, _ -> true, limit, Duration.ZERO).getEventsList().stream()
                .map(FleetEvent::getNumber)
                .toList();
    }

    @Test
    void certificateThatIsReplaced_orNotRenewedInTime_isTold() {
        var first = NodeView.unknown(NODE).about(certificate("2026-12-01T00:00:00Z", ""));
        var late = first.about(certificate("2026-12-01T00:00:00Z", "refused"));
        var other = first.about(certificate("2026-12-31T00:00:00Z", ""));
        assertThat(between(NodeView.unknown(NODE), first)).isEmpty();
        assertThat(between(first, late))
                .containsExactly("certificate_not_renewed  until 2026-12-01T00:00:00Z: refused");
        assertThat(between(late, late)).isEmpty();
        assertThat(between(late, other)).containsExactly("certificate_replaced  until 2026-12-31T00:00:00Z");
        assertThat(between(other, other.about(certificate("", "")))).isEmpty();
    }

    /// As a node says it, sanitized.
    private static Node certificate(String expires, String fault) {
        return NodeReportSanitizer.node(Node.newBuilder()
                .setCertificateExpires(expires)
                .setCertificateFault(fault)
                .build());
    }

    @Test
    void whatANodeSaysOfItsCertificate_isAMomentAndACode_orNothing() {
        for (var said : List.of("soon", "2026-12-01", "\u001b[2J", "x".repeat(100_000), "2026-12-01T00:00:00Z\n")) {
            assertThat(certificate(said, "").getCertificateExpires()).isEmpty();
        }
        assertThat(certificate("", "No \u001b[2J").getCertificateFault()).isEqualTo("unspecified");
    }

    @Test
    void nodeThatComesGoesAndTakesStates_isTold() {
        var none = NodeView.unknown(NODE);
        var here = none.connected(true);
        assertThat(between(none, here)).containsExactly("node_connected");
        assertThat(between(here, here.installed(3))).containsExactly("state_in_force  state 3");
        assertThat(between(here, here.refused("replayed"))).containsExactly("state_refused  replayed");
        var broken = here.about(Node.newBuilder().addOutOfService("no launcher").build());
        assertThat(between(here, broken)).containsExactly("node_out_of_service  no launcher");
        assertThat(between(broken, here)).containsExactly("node_in_service");
        assertThat(between(here, none)).containsExactly("node_lost");
        assertThat(between(here, here)).isEmpty();
    }

    @Test
    void instancesThatComeChangeAndGo_areTold() {
        var before = NodeView.unknown(NODE)
                .instances(List.of(
                        instance(1, "Running", true), instance(2, "Running", true), instance(3, "Warm", false)));
        var after = before.instances(List.of(
                instance(1, "Running", false),
                instance(2, "Stopped", false).toBuilder()
                        .setReason("vmm_exited")
                        .build(),
                instance(4, "Created", false)));
        assertThat(between(before, after))
                .containsExactly(
                        "instance_unhealthy acme/web/i-00000001",
                        "instance_changed acme/web/i-00000002 Running to Stopped: vmm_exited",
                        "instance_appeared acme/web/i-00000004 Created",
                        "instance_gone acme/web/i-00000003");
        assertThat(between(after, after)).isEmpty();
    }

    @Test
    void eventsAreNumbered_andReadInParts() throws Exception {
        events.add(List.of(event("a"), event("b")));
        events.add(List.of(event("c")));
        events.add(List.of());
        assertThat(numbers(0, 2)).containsExactly(1L, 2L);
        assertThat(numbers(2, 2)).containsExactly(3L);
        assertThat(numbers(3, 2)).isEmpty();
        var some = events.after(0, event -> event.getSubject().equals("b"), 10, Duration.ZERO);
        assertThat(some.getEventsList()).extracting(FleetEvent::getNumber).containsExactly(2L);
        assertThat(some.getLast()).isEqualTo(3);
        assertThat(some.getEvents(0).getTime()).isEqualTo("2026-06-01T12:00:00Z");
    }

    /// A client that follows events sends a number of the previous coordinator.
    @Test
    void numberThatHasNotBeen_asksForAll() throws Exception {
        events.add(List.of(event("a")));
        assertThat(numbers(900, 10)).containsExactly(1L);
    }

    @Test
    void oldOnes_areForgotten_andThatIsSaid() throws Exception {
        events.add(IntStream.range(0, Events.KEPT + 10)
                .mapToObj(i -> event("i" + i))
                .toList());
        var all = events.after(0, _ -> true, 1, Duration.ZERO);
        assertThat(all.getGap()).isTrue();
        assertThat(all.getEvents(0).getNumber()).isEqualTo(11);
        assertThat(events.after(10, _ -> true, 1, Duration.ZERO).getGap()).isFalse();
    }

    @Test
    void waitingCall_isWokenByTheFirst() throws Exception {
        var waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return events.after(0, event -> event.getSubject().equals("b"), 10, Duration.ofMinutes(2));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        events.add(List.of(event("a")));
        events.add(List.of(event("b")));
        assertThat(waiting.get(1, TimeUnit.MINUTES).getEvents(0).getSubject()).isEqualTo("b");
    }
}
