package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreException.Reason.FAILED;
import static dev.mvm.keyd.store.StoreException.Reason.STORE_DAMAGED;
import static dev.mvm.keyd.store.StoreException.Reason.STORE_PLACE;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The records of a store: in memory, and on the disk before that.
final class StoreRecords {
    private static final String HEAD = "head";
    private static final String TENANT = "tenant.";
    private static final String KEY = "key.";
    private static final JsonLimits LIMITS = JsonLimits.signed(1 << 20);

    private final StateFiles files;
    private final TreeMap<TenantId, TenantRecord> tenants = new TreeMap<>();
    private final TreeMap<KeyRecord.Name, KeyRecord> keys = new TreeMap<>();
    private @Nullable HeadRecord head;

    private StoreRecords(StateFiles files) {
        this.files = files;
    }

    /// Reads all files; nothing is in a new store's.
    static StoreRecords read(StateFiles files) throws StoreException {
        var out = new StoreRecords(files);
        try {
            for (var file : files.all().entrySet()) {
                out.read(file.getKey(), file.getValue());
            }
        } catch (IOException e) {
            throw new StoreException(FAILED, "the store cannot be read: " + e.getMessage(), e);
        }
        return out;
    }

    private void read(String name, byte[] content) throws StoreException {
        try {
            var object = Json.parseObject(content, LIMITS);
            var said = switch (name.substring(0, name.indexOf('.') + 1)) {
                case TENANT -> add(object.read(RecordJson::tenant));
                case KEY -> add(object.read(RecordJson::key));
                default -> {
                    head = object.read(RecordJson::head);
                    yield HEAD;
                }
            };
            if (!said.equals(name)) {
                throw new JsonException("it belongs into " + said);
            }
        } catch (JsonException e) {
            throw new StoreException(STORE_DAMAGED, "the store's file " + name + " is damaged: " + e.getMessage(), e);
        }
    }

    private String add(TenantRecord tenant) {
        tenants.put(tenant.tenant(), tenant);
        return TENANT + tenant.tenant();
    }

    private String add(KeyRecord key) {
        keys.put(key.name(), key);
        return file(key.name());
    }

    private static String file(KeyRecord.Name key) {
        return KEY + key.tenant() + "." + key.id();
    }

    boolean isEmpty() {
        return head == null && tenants.isEmpty() && keys.isEmpty();
    }

    HeadRecord head() throws StoreException {
        if (head == null) {
            throw new StoreException(STORE_PLACE, "the store has no beginning: mvm-keyd init or restore makes one");
        }
        return head;
    }

    List<TenantRecord> tenants() {
        return List.copyOf(tenants.values());
    }

    List<KeyRecord> keys() {
        return List.copyOf(keys.values());
    }

    Optional<TenantRecord> tenant(TenantId id) {
        return Optional.ofNullable(tenants.get(id));
    }

    Optional<KeyRecord> key(KeyRecord.Name name) {
        return Optional.ofNullable(keys.get(name));
    }

    /// Returns whether operators allow a version of a key.
    boolean allows(KeyRecord.Name name, int version) {
        return tenant(name.tenant())
                .filter(each -> each.allows(name.id(), version))
                .isPresent();
    }

    /// The versions of a key that operators allow.
    KeyRecord living(KeyRecord key) {
        return key.only(version -> allows(key.name(), version.number()));
    }

    void put(HeadRecord newer) throws StoreException {
        write(HEAD, RecordJson.of(newer));
        head = newer;
    }

    void put(TenantRecord newer) throws StoreException {
        write(TENANT + newer.tenant(), RecordJson.of(newer));
        tenants.put(newer.tenant(), newer);
    }

    void put(KeyRecord newer) throws StoreException {
        write(file(newer.name()), RecordJson.of(newer));
        keys.put(newer.name(), newer);
    }

    void remove(KeyRecord.Name name) throws StoreException {
        try {
            files.remove(file(name));
        } catch (IOException e) {
            throw failed(e);
        }
        keys.remove(name);
    }

    private void write(String name, Json.Obj content) throws StoreException {
        try {
            files.put(name, content.bytes());
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static StoreException failed(IOException e) {
        return new StoreException(FAILED, "the store cannot be written: " + e.getMessage(), e);
    }
}
