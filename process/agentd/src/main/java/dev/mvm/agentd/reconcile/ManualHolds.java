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

/// Instances that an operator holds in their state. Reconciliation leaves each alone until its hold ends. Kept on
/// disk. Thread-safe.
public final class ManualHolds {
    private static final String FILE = "manual.json";
    private static final int MAX_BYTES = 1 << 20;

    private final StateFiles files;
    private final Map<InstanceId, Instant> until = new TreeMap<>();

    private ManualHolds(StateFiles files) {
        this.files = files;
    }

    /// Reads the holds. A damaged file gives no holds: reconciliation without them is safer than an agent that does
    /// not start.
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

    /// The end of the hold on `id`, if it has one.
    public synchronized Optional<Instant> until(InstanceId id) {
        return Optional.ofNullable(until.get(id));
    }

    /// The instances that are held at `now`.
    public synchronized Set<InstanceId> held(Instant now) {
        until.values().removeIf(end -> !now.isBefore(end));
        return Set.copyOf(until.keySet());
    }

    /// The next end of a hold.
    public synchronized Optional<Instant> next() {
        return until.values().stream().min(Instant::compareTo);
    }

    private void write() throws IOException {
        var members = new LinkedHashMap<String, Json>();
        until.forEach((id, end) -> members.put(id.value(), Json.of(end.getEpochSecond())));
        files.put(FILE, new Json.Obj(members).bytes());
    }
}
