package dev.mvm.protocol.firecracker;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.FirecrackerVersion;

/// Expected form and meaning of a good response. Members that later versions may add are ignored.
///
/// @param <T> its meaning
/// @param status what it has
/// @param reading of its body
public record ApiReply<T>(int status, JsonFields.Reading<byte[], T> reading) {
    /// 204, and nothing else.
    public static final ApiReply<NoContent> DONE = new ApiReply<>(204, body -> NoContent.DONE);
    static final ApiReply<InstanceInfo> INSTANCE =
            new ApiReply<>(200, body -> instance(parse(body).fields()));

    T read(byte[] body) throws JsonException {
        return reading.of(body);
    }

    /// A body that is an object.
    public static Json.Obj parse(byte[] body) throws JsonException {
        return Json.parseObject(body, JsonLimits.foreign(ResponseReader.BODY_MAX));
    }

    private static InstanceInfo instance(JsonFields fields) throws JsonException {
        return new InstanceInfo(
                Form.printable(fields.string("id"), 64),
                fields.parsed("vmm_version", FirecrackerVersion::parse),
                fields.parsed("state", ApiReply::state));
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
