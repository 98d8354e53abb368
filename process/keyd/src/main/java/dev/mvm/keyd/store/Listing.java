package dev.mvm.keyd.store;

import dev.mvm.keyd.store.StoreStatus.State;
import java.util.List;

/// Everything that is told of a store, as it was after its last change.
record Listing(List<ListedKey> keys, StoreStatus status) {
    static final Listing EMPTY = new Listing(List.of(), new StoreStatus(State.HELD, "held", false, 0, "", 0, 0, 0, ""));

    static Listing of(StoreRecords records, MasterKey master, String pending) throws StoreException {
        var keys = records.keys().stream()
                .map(records::living)
                .filter(key -> !key.versions().isEmpty())
                .map(Listing::listed)
                .toList();
        var head = records.head();
        var state = head.held() ? State.HELD : head.behind().isEmpty() ? State.SERVING : State.STOPPED;
        var reason = switch (state) {
            case SERVING -> "";
            case HELD -> StoreException.Reason.HELD.code();
            case STOPPED -> StoreException.Reason.STORE_BEHIND.code();
        };
        int versions = keys.stream().mapToInt(key -> key.versions().size()).sum();
        return new Listing(
                keys,
                new StoreStatus(
                        state,
                        reason,
                        head.standby(),
                        head.generation(),
                        master.kind(),
                        head.epoch(),
                        keys.size(),
                        versions,
                        pending));
    }

    private static ListedKey listed(KeyRecord key) {
        return new ListedKey(
                key.tenant(),
                key.id(),
                key.purpose(),
                key.versions().stream()
                        .map(each -> new ListedKey.Version(each.number(), each.check(), each.made()))
                        .toList());
    }
}
