package dev.mvm.coordinator.keyd;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;

/// Status of the key service, as far as the coordinator goes by it.
///
/// @param state serving, held or stopped
/// @param reason why it does not serve, a stable code; else empty
/// @param fleet digest of the first trust root
/// @param root version of the trust root in force
/// @param epoch of its master key
/// @param generation of its store; changes when the store was restored
/// @param logSize number of states in the newest head of the log that it was shown; 0 before the first
/// @param audit number of records in its audit; falls only if it was put back
public record KeydStatus(
        String state, String reason, String fleet, int root, long epoch, long generation, long logSize, long audit) {
    private static final int MOST_BYTES = 1 << 20;
    private static final int WORD = 100;
    private static final String SERVING = "serving";

    /// Reads an answer. Members that are not listed here are passed over.
    ///
    /// @throws JsonException if it is not a status
    static KeydStatus parse(String json) throws JsonException {
        var fields = Json.parseObject(json.getBytes(UTF_8), JsonLimits.signed(MOST_BYTES))
                .fields();
        return new KeydStatus(
                word(fields, "state"),
                word(fields, "reason"),
                word(fields, "fleet"),
                fields.intBetween("root", 1, Integer.MAX_VALUE),
                fields.integer("epoch", 0, Long.MAX_VALUE),
                fields.integer("generation", 0, Long.MAX_VALUE),
                fields.integer("log_size", 0, Long.MAX_VALUE),
                fields.integer("audit", 0, Long.MAX_VALUE));
    }

    private static String word(JsonFields fields, String name) throws JsonException {
        var text = fields.string(name);
        if (!text.matches("[a-z0-9_:]{0," + WORD + "}")) {
            throw new JsonException("field '" + name + "' is no word");
        }
        return text;
    }

    /// Returns whether it gives keys.
    boolean serves() {
        return state.equals(SERVING);
    }

    /// Returns whether it has to be given every document once more: it is another copy, or has stopped and waits for
    /// tenants' grants.
    boolean hasForgotten(KeydStatus before) {
        return isOlderThan(before) || (before.serves() && !serves());
    }

    /// Returns whether this is an earlier copy of the service that has said `before`, or a restored one.
    private boolean isOlderThan(KeydStatus before) {
        return generation != before.generation || root < before.root || audit < before.audit;
    }
}
