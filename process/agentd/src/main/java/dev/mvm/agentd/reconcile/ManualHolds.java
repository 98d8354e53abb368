package dev.mvm.agentd.reconcile;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Instances that an operator has put where they are. Reconcile leaves each alone until its moment has passed.
/// Survives a restart. Thread-safe.
public final class ManualHolds {
    private static final String FILE = "manual.json";
    private static final int MAX_BYTES = 1 << 20;

    private final StateFiles files;
    private final Map<InstanceId, Instant> until = new TreeMap<>();

    private ManualHolds(StateFiles files) {
        this.files = files;
    }

    /// Reads what is there. A damaged file holds nobody: reconcile going on is safer than an agent that does not
    /// start.
    public static ManualHolds open(StateFiles files) throws IOException {
        var holds = new ManualHolds(files);
        var text = files.all().get(FILE);
        if (text != null) {
            try {
                holds.read(text);
            } catch (JsonException | IllegalArgumentException e) {
                holds.until.clear();
            }
        }
        return holds;
    }

    private void read(byte[] text) throws JsonException {
        var fields = Json.parseObject(text, JsonLimits.signed(MAX_BYTES)).fields();
        for (var entry : fields.rest().entrySet()) {
            if (entry.getValue() instanceof Json.Int(var second)) {
                until.put(new InstanceId(entry.getKey()), Instant.ofEpochSecond(second));
            }
        }
    }

    public synchronized void hold(InstanceId id, Instant end) throws IOException {
        until.put(id, end);
        write();
    }

    public synchronized void release(InstanceId id) throws IOException {
        if (until.remove(id) != null) {
            write();
        }
    }

    /// When the hold on `id` ends, if it has one.
    public synchronized Optional<Instant> until(InstanceId id) {
        return Optional.ofNullable(until.get(id));
    }

    /// Those that are held at `now`.
    public synchronized Set<InstanceId> held(Instant now) {
        until.values().removeIf(end -> !now.isBefore(end));
        return Set.copyOf(until.keySet());
    }

    /// When the next hold ends.
    public synchronized Optional<Instant> next() {
        return until.values().stream().min(Instant::compareTo);
    }

    private void write() throws IOException {
        var members = new LinkedHashMap<String, Json>();
        until.forEach((id, end) -> members.put(id.value(), Json.of(end.getEpochSecond())));
        files.put(FILE, Json.object(members).bytes());
    }
}
