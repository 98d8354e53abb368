package dev.mvm.keyd.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.keyd.audit.AuditEntry;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import dev.mvm.protocol.keyd.node.KeyBlob;
import dev.mvm.protocol.keyd.service.KeydReply;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.authoring.Attestation;
import dev.mvm.protocol.trust.authoring.BootId;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.authoring.Reboot;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Rules that hold at each moment, whatever a coordinator asks.
final class ReleasePropertyTest {
    private static final List<NodeId> NODES = List.of(new NodeId("a"), new NodeId("b"), new NodeId("c"));
    private static final List<TenantId> TENANTS =
            List.of(new TenantId("t0"), new TenantId("t1"), new TenantId("t2"), new TenantId("t3"), new TenantId("t4"));

    @Test
    void rations_giveNoMoreThanTheBurstAndWhatTheHoursBring() {
        Property.holds(200, draw -> {
            int perHour = draw.intBetween(1, 40);
            int burst = draw.intBetween(1, 40);
            var files = new KeydFleet.MemoryFiles();
            var rations = new Rations(files, perHour, burst);
            var begin = Ceremony.NOW;
            var now = begin;
            int taken = 0;
            for (int i = 0; i < 200; i++) {
                now = now.plusMillis(draw.between(0, 300_000));
                if (draw.flag()) {
                    rations = new Rations(files, perHour, burst);
                }
                taken += rations.take(now) ? 1 : 0;
                double seconds = Duration.between(begin, now).toMillis() / 1000.0;
                assertThat((double) taken).isLessThanOrEqualTo(burst + seconds * perHour / 3600 + 1);
            }
        });
    }

    @Test
    void rations_comeBack() throws Exception {
        var rations = new Rations(new KeydFleet.MemoryFiles(), 2, 1);
        assertThat(rations.take(Ceremony.NOW)).isTrue();
        for (int second = 1; second < 1800; second++) { // asking does not delay it
            assertThat(rations.take(Ceremony.NOW.plusSeconds(second))).isFalse();
        }
        assertThat(rations.take(Ceremony.NOW.plusSeconds(1800))).isTrue();
    }

    @Test
    void record_isReadAsItWasWritten() {
        Property.holds(200, draw -> {
            var record = new NodeRecord(
                    draw.of(NODES),
                    draw.intBetween(0, Integer.MAX_VALUE),
                    draw.flag() ? Optional.empty() : Optional.of(boot(draw)),
                    draw.list(0, 5, () -> boot(draw)),
                    draw.intBetween(0, Integer.MAX_VALUE),
                    draw.between(0, Long.MAX_VALUE),
                    draw.flag() ? Optional.empty() : Optional.of(Digest.of(draw.bytes(1, 8))),
                    pairs(draw));
            assertThat(NodeRecord.parse(record.json())).isEqualTo(record);
        });
    }

    private static BootId boot(Draw draw) {
        return new BootId("%08x-0000-4000-8000-000000000000".formatted(draw.intBetween(0, Integer.MAX_VALUE)));
    }

    private static Map<TenantId, NodeRecord.Pair> pairs(Draw draw) {
        var out = new TreeMap<TenantId, NodeRecord.Pair>();
        for (var tenant : TENANTS) {
            if (draw.flag()) {
                out.put(
                        tenant,
                        new NodeRecord.Pair(
                                Instant.ofEpochSecond(draw.between(0, 1L << 36)),
                                Instant.ofEpochSecond(draw.between(0, 1L << 36))));
            }
        }
        return out;
    }

    @Test
    void limits_holdAtEachMoment(@TempDir Path folder) {
        var number = new int[1];
        Property.holds(3, draw -> {
            var own = java.nio.file.Files.createDirectory(folder.resolve("case" + number[0]++));
            var numbers = new ReleaseService.Numbers(Duration.ofMinutes(5), Duration.ofHours(36), 4, 6);
            try (var fleet = new KeydFleet(own, numbers);
                    var boot = new KeydFleet.Boot(1)) {
                for (var node : NODES) {
                    fleet.publish(fleet.node(node, 1, Reboot.GO)); // at most 4 tenants
                }
                for (var tenant : TENANTS) {
                    fleet.publish(fleet.grant(
                            tenant, TENANTS.indexOf(tenant), 1, Optional.of(KeydFleet.toRack(2, Attestation.NONE))));
                }
                new Model(fleet, boot).run(draw);
            }
        });
    }

    /// Keys that were handed out, as those who got them have them.
    private static final class Model {
        private final KeydFleet fleet;
        private final KeydFleet.Boot boot;
        private final Map<NodeId, NodeState> newest = new HashMap<>();
        private final Map<String, Instant> until = new HashMap<>();
        private final List<Instant> fresh = new ArrayList<>();

        Model(KeydFleet fleet, KeydFleet.Boot boot) {
            this.fleet = fleet;
            this.boot = boot;
        }

        void run(Draw draw) throws Exception {
            for (int step = 0; step < 25; step++) {
                fleet.wall = fleet.wall.plusSeconds(draw.between(1, 40_000));
                var node = draw.of(NODES);
                var placed = TENANTS.stream().filter(_ -> draw.flag()).toArray(TenantId[]::new);
                var before = Optional.ofNullable(newest.get(node));
                var state = fleet.state(
                        node,
                        before.map(each -> each.sequence() + 1).orElse(1L),
                        before.map(each -> Digest.of(Payloads.of(each))),
                        placed);
                newest.put(node, state);
                var reply = fleet.seal(node, boot, state);
                assertThat(reply).isInstanceOf(KeydReply.Sealed.class);
                taken(node, Set.of(placed), (KeydReply.Sealed) reply);
                if (draw.flag()) {
                    fleet.open();
                }
            }
        }

        private void taken(NodeId node, Set<TenantId> placed, KeydReply.Sealed reply) throws Exception {
            var payload = Envelope.parse(reply.envelope().array(), KeyBlob.TYPE).payload();
            var blob = KeyBlob.parse(payload.array());
            for (var key : blob.keys()) {
                assertThat(placed).contains(key.tenant());
                var end = until.put(key.tenant() + "@" + node, blob.expires());
                if (end == null || !fleet.wall.isBefore(end)) {
                    fresh.add(fleet.wall);
                }
            }
            assertThat(blob.keys().size() + reply.refused().size()).isEqualTo(placed.size());
            for (var tenant : TENANTS) {
                assertThat(NODES.stream().filter(each -> has(tenant, each))).hasSizeLessThanOrEqualTo(2);
            }
            assertThat(TENANTS.stream().filter(each -> has(each, node))).hasSizeLessThanOrEqualTo(4);
            var hourAgo = fleet.wall.minus(Duration.ofHours(1));
            assertThat(fresh.stream().filter(moment -> moment.isAfter(hourAgo))).hasSizeLessThanOrEqualTo(6 + 4);
        }

        private boolean has(TenantId tenant, NodeId node) {
            var end = until.get(tenant + "@" + node);
            return end != null && fleet.wall.isBefore(end);
        }
    }

    @Test
    void textsOfRecords_stayOnOneLine() {
        Property.holds(200, draw -> {
            var said = draw.text(0, 400, "ab\"\\\n\u0000\u00e9\u2028 {}");
            var entry = AuditEntry.refused("release", said, said, said, draw.flag(), said);
            assertThat(entry.toString()).isNotNull();
            try (var folder = new Folder()) {
                var key = KeydFleet.signing(Ceremony.Key.fresh());
                var files = new KeydFleet.MemoryFiles();
                var audit =
                        new dev.mvm.keyd.audit.ReleaseAudit(folder.path, files, Ceremony.SOME, key, () -> Ceremony.NOW);
                audit.refused(entry);
                assertThat(audit.records("", "", 0, 10))
                        .singleElement()
                        .satisfies(line -> assertThat(line).matches("[ -~]+"));
            }
        });
    }

    private static final class Folder implements AutoCloseable {
        final Path path;

        Folder() throws IOException {
            path = java.nio.file.Files.createTempDirectory("audit");
        }

        @Override
        public void close() throws IOException {
            try (var all = java.nio.file.Files.walk(path)) {
                for (var each : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    java.nio.file.Files.delete(each);
                }
            }
        }
    }
}
