package dev.mvm.hostd.registry;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.Slot;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.trust.JsonShapes;
import java.util.Optional;

/// Records as JSON, version 3.
///
/// The format has room for a process and a time of boot in every state. A file in which they contradict its state, as
/// [InstanceRecord] has it, is damaged: no hostd has written it, and nothing is guessed about root's own files.
final class RecordJson {
    static final int MAX_BYTES = 16 * 1024;

    private RecordJson() {}

    static byte[] write(InstanceRecord record) {
        var object = Json.object()
                .put("version", 3)
                .put("address", record.address().toString())
                .put("net_id", record.slot().net().value())
                .put("offset", record.slot().offset())
                .put("revision", record.revision().value())
                .put("vcpus", record.resources().vcpus())
                .put("mem_mib", record.resources().memMib())
                .put("disk_gib", record.resources().diskGib())
                .put("state", record.state().word())
                .put("intent", record.intent().map(Intent::word).orElse(""))
                .put("started", record.started())
                .put("epoch", record.sleep().epoch())
                .put("sealed", record.sleep().sealed())
                .put("sealed_bytes", record.sleep().bytes())
                .put("seal_ms", record.sleep().sealMillis())
                .put("open_ms", record.sleep().openMillis())
                .put("sealed_at", record.sleep().at())
                .put("reason", record.reason().map(Label::value).orElse(""));
        record.plan().ifPresent(plan -> object.put("plan", plan.value()));
        record.vm()
                .ifPresent(vm -> object.put(
                        "vm",
                        Json.object()
                                .put("pid", vm.pid())
                                .put("start_time", vm.startTime())
                                .put("boot_id", vm.bootId())
                                .put("cgroup", vm.cgroup())
                                .end()));
        return object.end().bytes();
    }

    static InstanceRecord read(byte[] text) throws JsonException {
        return Json.parseObject(text, JsonLimits.signed(MAX_BYTES)).read(RecordJson::record);
    }

    private static InstanceRecord record(JsonFields fields) throws JsonException {
        fields.integer("version", 3, 3);
        return new InstanceRecord(
                fields.parsed("address", InstanceAddress::parse),
                new Slot(new NetId(fields.number("net_id")), fields.number("offset")),
                fields.parsed("revision", Digest::new),
                JsonShapes.resources(fields),
                fields.parsed("state", RecordJson::state),
                fields.parsed("intent", RecordJson::intent),
                fields.optionalObject("vm", RecordJson::vm),
                count(fields, "started"),
                sleep(fields),
                fields.parsed("reason", word -> word.isEmpty() ? Optional.empty() : Optional.of(new Label(word))),
                fields.has("plan") ? Optional.of(fields.parsed("plan", Digest::new)) : Optional.empty());
    }

    private static InstanceState state(String word) throws JsonException {
        return InstanceState.of(word).orElseThrow(() -> new JsonException("no such state"));
    }

    private static Optional<Intent> intent(String word) throws JsonException {
        if (word.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(Intent.of(word).orElseThrow(() -> new JsonException("no such intent")));
    }

    private static VmIdentity vm(JsonFields in) throws JsonException {
        return new VmIdentity(
                in.intBetween("pid", 1, Integer.MAX_VALUE),
                count(in, "start_time"),
                in.string("boot_id"),
                in.string("cgroup"));
    }

    private static Sleep sleep(JsonFields in) throws JsonException {
        return new Sleep(
                count(in, "epoch"),
                count(in, "sealed"),
                count(in, "sealed_bytes"),
                count(in, "seal_ms"),
                count(in, "open_ms"),
                count(in, "sealed_at"));
    }

    private static long count(JsonFields fields, String name) throws JsonException {
        return fields.integer(name, 0, Long.MAX_VALUE);
    }
}
