package dev.mvm.protocol.firecracker;

import dev.mvm.json.Fields;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.FirecrackerVersion;

/// How a good answer looks and what it means. Members that later versions may add are ignored.
///
/// @param <T> its meaning
/// @param status what it has
/// @param reading of its body
public record Reply<T>(int status, Fields.Reading<byte[], T> reading) {
    /// 204, and nothing else.
    public static final Reply<Done> DONE = new Reply<>(204, body -> Done.DONE);
    static final Reply<InstanceInfo> INSTANCE =
            new Reply<>(200, body -> instance(parse(body).fields()));

    T read(byte[] body) throws JsonException {
        return reading.of(body);
    }

    /// A body that is an object.
    public static Json.Obj parse(byte[] body) throws JsonException {
        return Json.parseObject(body, JsonLimits.foreign(ResponseReader.BODY_MAX));
    }

    private static InstanceInfo instance(Fields fields) throws JsonException {
        return new InstanceInfo(
                Form.printable(fields.string("id"), 64),
                fields.parsed("vmm_version", FirecrackerVersion::parse),
                fields.parsed("state", Reply::state));
    }

    private static InstanceInfo.State state(String word) throws JsonException {
        return switch (word) {
            case "Not started" -> InstanceInfo.State.NOT_STARTED;
            case "Running" -> InstanceInfo.State.RUNNING;
            case "Paused" -> InstanceInfo.State.PAUSED;
            default -> throw new JsonException("not a state of a microVM");
        };
    }
}
