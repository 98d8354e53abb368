package dev.mvm.keyd.store;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.keyd.store.StoreClock.Moment;
import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.TenantId;
import java.util.Base64;

/// Records as JSON, in files of the store and in copies of it.
final class RecordJson {
    private static final int SCHEMA = 1;
    private static final int MOST = Integer.MAX_VALUE;

    private RecordJson() {}

    private static Json.Builder begin() {
        return Json.object().put("schema", SCHEMA);
    }

    private static void demandSchema(JsonFields in) throws JsonException {
        var _ = in.integer("schema", SCHEMA, SCHEMA);
    }

    static Json.Obj of(HeadRecord head) {
        return begin().put("serial", head.serial())
                .put("generation", head.generation())
                .put("standby", head.standby())
                .put("held", head.held())
                .put("behind", head.behind())
                .put("epoch", head.epoch())
                .put("next", head.next())
                .end();
    }

    static HeadRecord head(JsonFields in) throws JsonException {
        demandSchema(in);
        return new HeadRecord(
                in.integer("serial", 1, Long.MAX_VALUE - 1),
                in.integer("generation", 0, MOST),
                in.bool("standby"),
                in.bool("held"),
                in.string("behind"),
                in.intBetween("epoch", 0, MOST),
                in.intBetween("next", 0, MOST));
    }

    static Json.Obj of(TenantRecord tenant) {
        return begin().put("tenant", tenant.tenant().value())
                .put("grant", tenant.grant())
                .put("gone", tenant.gone())
                .put("awaited", tenant.awaited())
                .put("keys", tenant.keys().stream().map(RecordJson::of).toList())
                .end();
    }

    private static Json.Obj of(TenantRecord.Bounds bounds) {
        return Json.object()
                .put("id", bounds.id().value())
                .put("purpose", bounds.purpose().word())
                .put("granted", bounds.granted())
                .put("min_version", bounds.minVersion())
                .put("last", bounds.last())
                .end();
    }

    static TenantRecord tenant(JsonFields in) throws JsonException {
        demandSchema(in);
        return new TenantRecord(
                in.parsed("tenant", TenantId::new),
                in.intBetween("grant", 0, MOST),
                in.bool("gone"),
                in.bool("awaited"),
                in.objects("keys", TenantRecord.MOST_KEYS, RecordJson::bounds));
    }

    private static TenantRecord.Bounds bounds(JsonFields in) throws JsonException {
        return new TenantRecord.Bounds(
                in.parsed("id", KeyName::new),
                in.parsed("purpose", KeyPurpose::of),
                in.bool("granted"),
                in.intBetween("min_version", 0, MOST),
                in.intBetween("last", 0, MOST));
    }

    static Json.Obj of(KeyRecord key) {
        var out = begin().put("tenant", key.tenant().value())
                .put("id", key.id().value())
                .put("purpose", key.purpose().word());
        key.rotated()
                .ifPresent(at -> out.put(
                        "rotated",
                        Json.object()
                                .put("time", at.wall())
                                .put("boot", at.boot())
                                .put("uptime", at.uptime())
                                .end()));
        return out.put("versions", key.versions().stream().map(RecordJson::of).toList())
                .end();
    }

    private static Json.Obj of(KeyRecord.Version version) {
        return Json.object()
                .put("version", version.number())
                .put("check", Base64.getEncoder().encodeToString(version.check().array()))
                .put("made", version.made())
                .put("generation", version.generation())
                .put("wrapped", version.wrapped())
                .end();
    }

    static KeyRecord key(JsonFields in) throws JsonException {
        demandSchema(in);
        return new KeyRecord(
                in.parsed("tenant", TenantId::new),
                in.parsed("id", KeyName::new),
                in.parsed("purpose", KeyPurpose::of),
                in.optionalObject("rotated", RecordJson::moment),
                in.objects("versions", 2 * KeyRecord.MOST_VERSIONS, RecordJson::version));
    }

    private static Moment moment(JsonFields in) throws JsonException {
        return new Moment(
                in.integer("time", 0, Long.MAX_VALUE), in.string("boot"), in.integer("uptime", 0, Long.MAX_VALUE));
    }

    private static KeyRecord.Version version(JsonFields in) throws JsonException {
        return new KeyRecord.Version(
                in.intBetween("version", 1, MOST),
                in.parsed("check", RecordJson::check),
                in.integer("made", 0, Long.MAX_VALUE),
                in.integer("generation", 0, MOST),
                in.string("wrapped"));
    }

    private static Bytes check(String text) {
        var bytes = Base64.getDecoder().decode(text);
        if (bytes.length != 16) {
            throw new IllegalArgumentException("a check value has 16 bytes");
        }
        return Bytes.of(bytes);
    }
}
