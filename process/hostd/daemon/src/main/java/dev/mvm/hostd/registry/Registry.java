package dev.mvm.hostd.registry;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.json.JsonException;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// All instances that hostd has. Every change is on disk before it is visible here, so that an effect that is begun
/// after [#put] is always found again.
///
/// Thread-safe; a caller that needs several records to agree holds the lock of the registry.
public final class Registry {
    private static final String SUFFIX = ".json";
    private static final String EPOCH = "epoch";

    private final StateFiles files;

    @GuardedBy("this")
    private final Map<InstanceId, InstanceRecord> records = new TreeMap<>();

    @GuardedBy("this")
    private long epoch;

    private Registry(StateFiles files) {
        this.files = files;
    }

    /// Reads what is there.
    ///
    /// @throws IOException if a file cannot be read or is not a record: nothing is guessed about root's own files
    public static Registry open(StateFiles files) throws IOException {
        var registry = new Registry(files);
        registry.read(files.all());
        return registry;
    }

    private synchronized void read(Map<String, byte[]> all) throws IOException {
        for (var file : all.entrySet()) {
            try {
                if (file.getKey().equals(EPOCH)) {
                    epoch = Long.parseLong(new String(file.getValue(), US_ASCII));
                    continue;
                }
                var record = RecordJson.read(file.getValue());
                if (!file.getKey().equals(name(record.address().instance()))) {
                    throw new IOException("the registry file " + file.getKey() + " holds another instance");
                }
                records.put(record.address().instance(), record);
            } catch (JsonException | NumberFormatException e) {
                throw new IOException("the registry file " + file.getKey() + " is damaged: " + e.getMessage(), e);
            }
        }
    }

    /// The latest epoch of an instance that was destroyed; docs/protocol/snapshot.md. An instance to which its
    /// identity is given again begins there, so that it can open nothing of its predecessor's.
    public synchronized long epoch() {
        return epoch;
    }

    public synchronized Optional<InstanceRecord> find(InstanceId id) {
        return Optional.ofNullable(records.get(id));
    }

    public synchronized Collection<InstanceRecord> all() {
        return List.copyOf(records.values());
    }

    /// Writes `record` to disk, then makes it the one that others see.
    public synchronized void put(InstanceRecord record) throws IOException {
        var id = record.address().instance();
        files.put(name(id), RecordJson.write(record));
        records.put(id, record);
    }

    /// Forgets an instance of which nothing is left.
    public synchronized void remove(InstanceId id) throws IOException {
        long last = find(id).map(record -> record.sleep().epoch()).orElse(0L);
        if (last > epoch) {
            files.put(EPOCH, Long.toString(last).getBytes(US_ASCII));
            epoch = last;
        }
        files.remove(name(id));
        records.remove(id);
    }

    private static String name(InstanceId id) {
        return id + SUFFIX;
    }
}
