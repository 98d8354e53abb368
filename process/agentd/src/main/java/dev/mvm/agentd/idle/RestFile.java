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

/// Who rests, on the agent's disk: without it everything that sleeps would be woken when the agent starts again.
public final class RestFile {
    private static final String NAME = "resting.json";
    private static final int MAX_BYTES = 1 << 20;
    private static final Map<String, Policy.Rest> WORDS = Map.of(
            "warm", new Policy.Rest(InstanceState.WARM, StepReason.IDLE),
            "asleep", new Policy.Rest(InstanceState.SLEEPING, StepReason.IDLE),
            "pressed", new Policy.Rest(InstanceState.SLEEPING, StepReason.PRESSURE));

    private final StateFiles files;

    public RestFile(StateFiles files) {
        this.files = files;
    }

    /// Those that rested. A damaged file names nobody: what is wanted runs then.
    Map<InstanceId, Policy.Rest> read() throws IOException {
        var text = files.all().get(NAME);
        if (text == null) {
            return Map.of();
        }
        try {
            var out = new HashMap<InstanceId, Policy.Rest>();
            var fields = Json.parseObject(text, JsonLimits.signed(MAX_BYTES)).fields();
            for (var entry : fields.rest().entrySet()) {
                if (entry.getValue() instanceof Json.Str(var word)) {
                    Optional.ofNullable(WORDS.get(word))
                            .ifPresent(rest -> out.put(new InstanceId(entry.getKey()), rest));
                }
            }
            return out;
        } catch (JsonException | IllegalArgumentException e) {
            return Map.of();
        }
    }

    void write(Map<InstanceId, Policy.Rest> resting) throws IOException {
        var members = new LinkedHashMap<String, Json>();
        new TreeMap<>(resting).forEach((id, rest) -> members.put(id.value(), Json.of(word(rest))));
        files.put(NAME, Json.object(members).bytes());
    }

    private static String word(Policy.Rest rest) {
        if (rest.state() == InstanceState.WARM) {
            return "warm";
        }
        return rest.why() == StepReason.PRESSURE ? "pressed" : "asleep";
    }
}
