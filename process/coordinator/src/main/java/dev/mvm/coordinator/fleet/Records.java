package dev.mvm.coordinator.fleet;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;
import java.util.List;

/// The stored form of the values of this package: JSON, read strictly.
public final class Records {
    private static final int MAX_BYTES = 256 * 1024;
    private static final int MAX_POOLS = 256;

    private Records() {}

    public static byte[] bytes(Tenant tenant) {
        return tenant.json().bytes();
    }

    public static Tenant tenant(byte[] text) throws JsonException {
        return read(text, Tenant::new);
    }

    public static byte[] bytes(List<PoolTarget> targets) {
        return Json.object()
                .put("pools", targets.stream().map(PoolTarget::json).toList())
                .end()
                .bytes();
    }

    public static List<PoolTarget> targets(byte[] text) throws JsonException {
        return read(text, fields -> fields.objects("pools", MAX_POOLS, PoolTarget::new));
    }

    public static byte[] bytes(Allocation allocation) {
        return Json.object().put("used", allocation.used()).end().bytes();
    }

    public static Allocation allocation(byte[] text) throws JsonException {
        return read(text, fields -> new Allocation(fields.intBetween("used", 0, Integer.MAX_VALUE)));
    }

    public static byte[] bytes(IssuedState state) {
        return state.json().bytes();
    }

    public static IssuedState issuedState(byte[] text) throws JsonException {
        var limits = new JsonLimits(IssuedState.MAX_BYTES, 4, IssuedState.MAX_BYTES, true);
        return read(text, limits, IssuedState::new);
    }

    public static byte[] bytes(NamedKey key) {
        return key.json().bytes();
    }

    public static NamedKey namedKey(byte[] text) throws JsonException {
        return read(text, NamedKey::new);
    }

    private static <T> T read(byte[] text, JsonFields.Reading<JsonFields, T> reading) throws JsonException {
        return read(text, JsonLimits.signed(MAX_BYTES), reading);
    }

    private static <T> T read(byte[] text, JsonLimits limits, JsonFields.Reading<JsonFields, T> reading)
            throws JsonException {
        try {
            var fields = Json.parseObject(text, limits).fields();
            var value = reading.of(fields);
            fields.end();
            return value;
        } catch (IllegalArgumentException e) {
            throw new JsonException(String.valueOf(e.getMessage()));
        }
    }
}
