package dev.mvm.coordinator.transparency;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.store.Entry;
import dev.mvm.coordinator.store.Key;
import dev.mvm.coordinator.store.KeyRange;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.Store;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.json.JsonException;
import dev.mvm.model.Digest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The log in the store. Everything except the tip is written once and never changed, so that reads need no common
/// revision, and compaction, which deletes replaced values only, never touches the log.
///
/// An append is a list of steps for a transaction of the caller, which also has to require that the tip is unchanged
/// since it was read. Of several coordinators on one store only one can then append, and the others read again.
public final class StateLog {
    /// The entry that every append replaces.
    public static final Key TIP = new Key("/log/tip");

    /// Limit of states that are read at once.
    private static final int MAX_PAGE = 1_000;

    private final Store store;
    private final Paths paths = new Paths(this::hash);

    public StateLog(Store store) {
        this.store = store;
    }

    /// The tip as it was read.
    public record End(Optional<Entry> entry, LogHead tip) {}

    /// Returns the key of the envelope of the state at `index`.
    public static Key stateKey(long index) {
        return new Key(String.format(Locale.ROOT, "/log/state/%016x", index));
    }

    private static Key hashKey(int level, long index) {
        return new Key(String.format(Locale.ROOT, "/log/hash/%02d/%016x", level, index));
    }

    /// Returns the end of the log.
    public End end() throws StoreException {
        var entry = store.get(TIP);
        if (entry.isEmpty()) {
            return new End(entry, LogHead.NONE);
        }
        try {
            return new End(entry, LogHead.parse(entry.get().value().toByteArray()));
        } catch (JsonException e) {
            throw damaged(TIP, String.valueOf(e.getMessage()));
        }
    }

    /// Returns the steps that append a state.
    ///
    /// @param head the envelope of the signed head of `growth`
    public List<Op> append(AppendedTree growth, ByteString state, ByteString head, Instant issuedAt) {
        var steps = new ArrayList<Op>();
        var tip = new LogHead(growth.size(), growth.frontier(), issuedAt, head);
        steps.add(Op.put(TIP, ByteString.copyFrom(tip.bytes())));
        steps.add(Op.put(stateKey(growth.size() - 1), state));
        for (var subtree : growth.made()) {
            steps.add(Op.put(
                    hashKey(subtree.level(), subtree.index()),
                    ByteString.copyFromUtf8(subtree.hash().value())));
        }
        return steps;
    }

    private Digest hash(int level, long index) throws StoreException {
        var key = hashKey(level, index);
        var value =
                store.get(key).orElseThrow(() -> damaged(key, "it is missing")).value();
        try {
            return new Digest(value.toStringUtf8());
        } catch (IllegalArgumentException e) {
            throw damaged(key, String.valueOf(e.getMessage()));
        }
    }

    /// Returns the envelope of the state at `index`, 0 <= index < size.
    public ByteString state(long index) throws StoreException {
        var key = stateKey(index);
        return store.get(key).orElseThrow(() -> damaged(key, "it is missing")).value();
    }

    /// Returns envelopes from `from` on, in order: at least one if there is one, and further ones while all together
    /// have fewer than `bytes` bytes.
    ///
    /// @param limit most envelopes, 1 or more
    public List<ByteString> page(long from, int limit, int bytes) throws StoreException {
        var page = new ArrayList<ByteString>();
        long end = Math.min(end().tip().size(), from + Math.min(limit, MAX_PAGE));
        int left = bytes;
        for (long at = from; at < end; at++) {
            var next = state(at);
            left -= next.size();
            if (left < 0 && !page.isEmpty()) {
                break;
            }
            page.add(next);
        }
        return page;
    }

    /// Returns the inclusion path of leaf `index` in the tree of `size`, 0 <= index < size <= that of the log.
    public List<Digest> inclusion(long index, long size) throws StoreException {
        return paths.inclusion(index, size);
    }

    /// Returns the consistency path between two sizes, 0 < first < second <= that of the log.
    public List<Digest> consistency(long first, long second) throws StoreException {
        return paths.consistency(first, second);
    }

    /// Returns the range of all entries of the log.
    static KeyRange all() {
        return KeyRange.under("/log/");
    }

    private static StoreException damaged(Key key, String how) {
        return new StoreException(StoreException.Kind.UNAVAILABLE, "the log's entry " + key + " is damaged: " + how);
    }
}
