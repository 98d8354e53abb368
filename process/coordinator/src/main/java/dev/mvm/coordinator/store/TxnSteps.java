package dev.mvm.coordinator.store;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/// The steps of one transaction on top of a log: what they answer, and the rows that they make.
final class TxnSteps {
    private final StoreLog log;
    private final long revision;
    private final List<Row> rows = new ArrayList<>();
    private final TreeMap<Key, Row> changed = new TreeMap<>();

    /// @param revision that the rows will have
    TxnSteps(StoreLog log, long revision) {
        this.log = log;
        this.revision = revision;
    }

    List<Row> rows() {
        return rows;
    }

    TxnResult.Answer take(Op step) throws StoreException {
        return switch (step) {
            case Op.Put(var key, var value, var lease) -> {
                put(key, value, lease);
                yield new TxnResult.Answer.Put();
            }
            case Op.Delete(var range) -> new TxnResult.Answer.Deleted(delete(range));
            case Op.Get(var range) ->
                new TxnResult.Answer.Got(live(range).stream().map(Row::entry).toList());
        };
    }

    private void put(Key key, ByteString value, long lease) throws StoreException {
        var before = latest(key);
        var alive = before.filter(row -> !row.deleted());
        add(new Row(
                revision,
                rows.size(),
                key,
                false,
                alive.map(Row::createRevision).orElse(revision),
                before.map(Row::revision).orElse(0L),
                alive.map(Row::version).orElse(0L) + 1,
                lease,
                value));
    }

    private int delete(KeyRange range) throws StoreException {
        var gone = live(range);
        for (var row : gone) {
            delete(row);
        }
        return gone.size();
    }

    void delete(Row row) {
        add(new Row(revision, rows.size(), row.key(), true, 0, row.revision(), 0, Store.NO_LEASE, ByteString.EMPTY));
    }

    private void add(Row row) {
        rows.add(row);
        changed.put(row.key(), row);
    }

    private Optional<Row> latest(Key key) throws StoreException {
        var own = Optional.ofNullable(changed.get(key));
        return own.isPresent() ? own : log.latest(key);
    }

    private List<Row> live(KeyRange range) throws StoreException {
        var merged = new TreeMap<Key, Row>();
        log.live(range, revision).forEach(row -> merged.put(row.key(), row));
        changed.forEach((key, row) -> {
            if (range.contains(key)) {
                merged.put(key, row);
            }
        });
        return merged.values().stream().filter(row -> !row.deleted()).toList();
    }
}
