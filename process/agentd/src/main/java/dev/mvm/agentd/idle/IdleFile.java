package dev.mvm.agentd.idle;

import dev.mvm.agentd.plan.Policy;
import dev.mvm.agentd.plan.StepReason;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The idle set on the agent's disk: without it every sleeping instance would be woken when the agent starts again.
public final class IdleFile {
    private static final String NAME = "resting.json";
    private static final int MAX_BYTES = 1 << 20;
    private static final Map<String, Policy.IdleTarget> WORDS = Map.of(
            "warm", new Policy.IdleTarget(InstanceState.WARM, StepReason.IDLE),
            "asleep", new Policy.IdleTarget(InstanceState.SLEEPING, StepReason.IDLE),
            "pressed", new Policy.IdleTarget(InstanceState.SLEEPING, StepReason.PRESSURE));

    private final StateFiles files;

    public IdleFile(StateFiles files) {
        this.files = files;
    }

    /// The idle set as it was written last. A damaged file gives an empty set: the pools' counts run then.
    Map<InstanceId, Policy.IdleTarget> read() throws IOException {
        var text = files.all().get(NAME);
        if (text == null) {
            return Map.of();
        }
        try {
            var out = new HashMap<InstanceId, Policy.IdleTarget>();
            var fields = Json.parseObject(text, JsonLimits.signed(MAX_BYTES)).fields();
            for (var entry : fields.rest().entrySet()) {
                if (entry.getValue() instanceof Json.Str(var word)) {
                    Optional.ofNullable(WORDS.get(word))
                            .ifPresent(target -> out.put(new InstanceId(entry.getKey()), target));
                }
            }
            return out;
        } catch (JsonException | IllegalArgumentException e) {
            return Map.of();
        }
    }

    void write(Map<InstanceId, Policy.IdleTarget> idle) throws IOException {
        var members = new LinkedHashMap<String, Json>();
        new TreeMap<>(idle).forEach((id, target) -> members.put(id.value(), Json.of(word(target))));
        files.put(NAME, new Json.Obj(members).bytes());
    }

    private static String word(Policy.IdleTarget target) {
        if (target.state() == InstanceState.WARM) {
            return "warm";
        }
        return target.reason() == StepReason.PRESSURE ? "pressed" : "asleep";
    }
}
