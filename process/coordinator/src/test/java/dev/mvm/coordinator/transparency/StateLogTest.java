package dev.mvm.coordinator.transparency;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.ManualClock;
import dev.mvm.coordinator.store.Compare;
import dev.mvm.coordinator.store.Key;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.Store;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.store.Stores;
import dev.mvm.coordinator.store.Txn;
import dev.mvm.json.JsonException;
import dev.mvm.model.Digest;
import dev.mvm.property.Property;
import dev.mvm.protocol.trust.transparency.Merkle;
import dev.mvm.protocol.trust.transparency.ReferenceTree;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StateLogTest {
    private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
    private static final int SIZE = 40;

    @TempDir
    Path directory;

    private Store store;
    private StateLog log;

    @BeforeEach
    void open() throws Exception {
        store = Stores.sqlite(directory.resolve("store.db"), new ManualClock());
        log = new StateLog(store);
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    private static ByteString state(int index) {
        return ByteString.copyFrom("state " + index, UTF_8);
    }

    private static Digest leaf(int index) {
        return Merkle.leaf(state(index).toByteArray());
    }

    private static ReferenceTree reference(int size) {
        var leaves = new ArrayList<Digest>();
        for (int i = 0; i < size; i++) {
            leaves.add(leaf(i));
        }
        return new ReferenceTree(leaves);
    }

    private void append(int index) throws StoreException {
        var end = log.end();
        var growth = end.tip().with(leaf(index));
        var steps = log.append(growth, state(index), ByteString.copyFromUtf8("head " + growth.size()), NOW);
        assertThat(store.txn(new Txn(List.of(Compare.unchanged(StateLog.TIP, end.entry())), steps, List.of()))
                        .held())
                .isTrue();
    }

    private void fill(int size) throws StoreException {
        for (int i = 0; i < size; i++) {
            append(i);
        }
    }

    @Test
    void emptyLog_hasNoHead() throws Exception {
        assertThat(log.end().tip()).isEqualTo(LogHead.NONE);
        assertThat(log.page(0, 10, 1_000)).isEmpty();
        assertThatThrownBy(() -> log.end().tip().root()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void everySize_hasTheRootOfTheDefinition() throws Exception {
        var reference = reference(SIZE);
        for (int size = 1; size <= SIZE; size++) {
            append(size - 1);
            assertThat(log.end().tip().size()).isEqualTo(size);
            assertThat(log.end().tip().root()).isEqualTo(reference.root(size));
        }
    }

    @Test
    void everyProof_isThatOfTheDefinition() throws Exception {
        fill(SIZE);
        var reference = reference(SIZE);
        for (int size = 1; size <= SIZE; size++) {
            for (int index = 0; index < size; index++) {
                assertThat(log.inclusion(index, size)).isEqualTo(reference.inclusion(index, size));
            }
            for (int first = 1; first < size; first++) {
                assertThat(log.consistency(first, size)).isEqualTo(reference.consistency(first, size));
            }
        }
    }

    @Test
    void proofsOfLargerTrees_holdAndReadFewEntries() {
        Property.holds(30, draw -> {
            int size = draw.intBetween(2, 3_000);
            var nodes = new HashMap<String, Digest>();
            var tip = LogHead.NONE;
            var roots = new ArrayList<Digest>();
            for (int i = 0; i < size; i++) {
                var growth = tip.with(leaf(i));
                growth.made().forEach(node -> nodes.put(node.level() + "/" + node.index(), node.hash()));
                tip = new LogHead(growth.size(), growth.frontier(), NOW, ByteString.copyFromUtf8("head"));
                roots.add(tip.root());
            }
            assertThat(nodes).hasSizeLessThan(2 * size);
            var reads = new ArrayList<String>();
            var paths = new Paths((level, index) -> {
                reads.add(level + "/" + index);
                return Map.copyOf(nodes).getOrDefault(level + "/" + index, leaf(-1));
            });
            int index = draw.intBetween(0, size - 1);
            assertThat(Merkle.includes(size, roots.get(size - 1), index, leaf(index), paths.inclusion(index, size)))
                    .isTrue();
            assertThat(reads).hasSizeLessThanOrEqualTo(2 * 12);
            reads.clear();
            int first = draw.intBetween(1, size - 1);
            var path = paths.consistency(first, size);
            assertThat(Merkle.continues(first, roots.get(first - 1), size, roots.get(size - 1), path))
                    .isTrue();
            assertThat(reads).hasSizeLessThanOrEqualTo(2 * 12);
        });
    }

    @Test
    @Tag("claim-C5")
    void compaction_takesNothingFromTheLog() throws Exception {
        fill(SIZE);
        long before = store.range(StateLog.all()).entries().size();
        store.compact(store.revision());
        assertThat(store.range(StateLog.all()).entries()).hasSize((int) before);
        everyProof_holdsAfterwards();
        append(SIZE);
        store.compact(store.revision());
        assertThat(log.page(0, SIZE + 1, 1 << 20)).hasSize(SIZE + 1).contains(state(0), state(SIZE));
    }

    private void everyProof_holdsAfterwards() throws StoreException {
        var reference = reference(SIZE);
        for (int index = 0; index < SIZE; index++) {
            assertThat(log.state(index)).isEqualTo(state(index));
            assertThat(log.inclusion(index, SIZE)).isEqualTo(reference.inclusion(index, SIZE));
        }
        for (int first = 1; first < SIZE; first++) {
            assertThat(log.consistency(first, SIZE)).isEqualTo(reference.consistency(first, SIZE));
        }
    }

    @Test
    void pages_areBoundedInNumberAndBytes() throws Exception {
        fill(30);
        int one = state(0).size();
        assertThat(log.page(0, 10, 1 << 20)).hasSize(10).first().isEqualTo(state(0));
        assertThat(log.page(25, 10, 1 << 20)).hasSize(5).last().isEqualTo(state(29));
        assertThat(log.page(0, 10, 3 * one)).hasSize(3);
        assertThat(log.page(0, 10, 1))
                .as("a state that is too large by itself comes alone")
                .hasSize(1);
        assertThat(log.page(30, 10, 1 << 20)).isEmpty();
        assertThat(log.page(Long.MAX_VALUE, 10, 1 << 20)).isEmpty();
    }

    @Test
    void damagedRecords_areSaidToBe() throws Exception {
        fill(3);
        store.txn(Txn.of(Op.put(new Key("/log/hash/00/0000000000000001"), ByteString.copyFromUtf8("nothing"))));
        assertThatThrownBy(() -> log.inclusion(0, 3))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("/log/hash/00/0000000000000001 is damaged");
        store.txn(Txn.of(Op.delete(StateLog.stateKey(2))));
        assertThatThrownBy(() -> log.state(2))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("missing");
        store.txn(Txn.of(Op.put(StateLog.TIP, ByteString.copyFromUtf8("{}"))));
        assertThatThrownBy(log::end).isInstanceOf(StoreException.class).hasMessageContaining("damaged");
    }

    @Test
    void tip_isReadStrictly() throws Exception {
        fill(5);
        var text = new String(log.end().tip().bytes(), UTF_8);
        assertThat(LogHead.parse(text.getBytes(UTF_8))).isEqualTo(log.end().tip());
        for (var wrong : List.of(
                text.replace("\"size\":5", "\"size\":6").replace("\"size\":6,\"edge\":[", "\"size\":7,\"edge\":["),
                text.replace("\"size\":5", "\"size\":-5"),
                text.replace("sha256:", "sha512:"),
                text.replace("\"head\":\"", "\"head\":\"*"),
                text.replaceFirst("\"head\":\"[^\"]*\"", "\"head\":\"\""),
                text.replaceFirst("\\{", "{\"x\":1,"))) {
            assertThatThrownBy(() -> LogHead.parse(wrong.getBytes(UTF_8)))
                    .as(wrong)
                    .isInstanceOf(JsonException.class);
        }
    }
}
