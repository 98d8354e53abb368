package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreException.Reason.NO_MASTER_KEY;
import static dev.mvm.keyd.store.StoreException.Reason.STORE_BEHIND;
import static dev.mvm.keyd.store.StoreException.Reason.STORE_DAMAGED;
import static dev.mvm.keyd.store.StoreException.Reason.STORE_PLACE;

import dev.mvm.crypto.tenantkeys.KeyPlace;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;

/// Everything in a store at one moment, as one JSON text. Keys in it are ciphertext; the master key is not in it.
record StoreCopy(HeadRecord head, List<TenantRecord> tenants, List<KeyRecord> keys) {
    private static final int SCHEMA = 1;
    private static final int MOST_RECORDS = 200_000;
    private static final int MOST_BYTES = 512 << 20;

    static StoreCopy of(StoreRecords records) throws StoreException {
        return new StoreCopy(records.head(), records.tenants(), records.keys());
    }

    byte[] bytes() {
        return Json.object()
                .put("schema", SCHEMA)
                .put("store", RecordJson.of(head))
                .put("tenants", tenants.stream().map(RecordJson::of).toList())
                .put("keys", keys.stream().map(RecordJson::of).toList())
                .end()
                .bytes();
    }

    static StoreCopy read(byte[] copy) throws StoreException {
        try {
            return Json.parseObject(copy, JsonLimits.signed(MOST_BYTES)).read(StoreCopy::read);
        } catch (JsonException e) {
            throw new StoreException(STORE_DAMAGED, "not a copy of a store: " + e.getMessage(), e);
        }
    }

    private static StoreCopy read(JsonFields in) throws JsonException {
        var _ = in.integer("schema", SCHEMA, SCHEMA);
        return new StoreCopy(
                in.object("store", RecordJson::head),
                in.objects("tenants", MOST_RECORDS, RecordJson::tenant),
                in.objects("keys", MOST_RECORDS, RecordJson::key));
    }

    /// Makes it the content of an empty store, which is held, or of a standby. The head comes last: without it there
    /// is no store.
    void restore(StoreRecords records, HeadRecord as) throws StoreException {
        for (var tenant : tenants) {
            records.put(as.held() ? tenant.restored() : tenant);
        }
        for (var key : keys) {
            records.put(key);
        }
        records.put(as);
    }

    /// Replaces what a standby has. Grants that it knows and the copy does not hold on.
    void refresh(StoreRecords records, MasterKey master) throws StoreException {
        var before = records.head();
        if (!before.standby()) {
            throw new StoreException(STORE_PLACE, "this store is no standby: it takes no copy of another");
        }
        if (head.serial() < before.serial()) {
            throw new StoreException(STORE_BEHIND, "the copy is older than the one that the standby has");
        }
        demandOpens(master);
        for (var tenant : tenants) {
            var known = records.tenant(tenant.tenant()).filter(each -> each.gone() || each.grant() > tenant.grant());
            if (known.isEmpty()) {
                records.put(tenant);
            }
        }
        for (var key : keys) {
            records.put(key);
        }
        var names = keys.stream().map(KeyRecord::name).collect(Collectors.toCollection(HashSet::new));
        for (var key : records.keys()) {
            if (!names.contains(key.name())) {
                records.remove(key.name());
            }
        }
        records.put(head.copied());
        for (int epoch : master.epochs()) {
            if (epoch < head.epoch()) {
                var _ = master.end(epoch);
            }
        }
    }

    /// Opens every key that operators allow, so that a copy without its master key is noticed now.
    void demandOpens(MasterKey master) throws StoreException {
        if (!master.epochs().contains(head.epoch())) {
            throw new StoreException(
                    NO_MASTER_KEY,
                    "the copy is under epoch " + head.epoch()
                            + " of the master key, which is not here: it was destroyed, or"
                            + " is another master key's");
        }
        var owners = tenants.stream().collect(Collectors.toMap(TenantRecord::tenant, each -> each));
        var cipher = new KeyCipher();
        for (var key : keys) {
            var owner = owners.get(key.tenant());
            for (var version : key.versions()) {
                if (owner != null && owner.allows(key.id(), version.number())) {
                    demandOpens(master, cipher, key.place(version.number()), version);
                }
            }
        }
    }

    private static void demandOpens(MasterKey master, KeyCipher cipher, KeyPlace place, KeyRecord.Version version)
            throws StoreException {
        try (var opened = master.open(place, version.wrapped())) {
            if (!cipher.check(opened).equals(version.check())) {
                throw new StoreException(STORE_DAMAGED, place + " has another check value than the copy says");
            }
        }
    }
}
