package dev.mvm.testkit.firecracker;

import dev.mvm.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/// Configuration of a microVM: everything that `GET /vm/config` shows and a snapshot keeps.
final class Config {
    private static final Json NULL = new Json.Null();
    private static final List<String> SAVED = List.of(
            "balloon",
            "drives",
            "boot-source",
            "machine-config",
            "mmds-config",
            "network-interfaces",
            "vsock",
            "entropy");

    private final LinkedHashMap<String, Json> parts = new LinkedHashMap<>();

    Config() {
        parts.put("balloon", NULL);
        parts.put("drives", Json.array(List.of()));
        parts.put(
                "boot-source",
                Json.object()
                        .put("kernel_image_path", "")
                        .put("initrd_path", NULL)
                        .put("boot_args", NULL)
                        .end());
        parts.put("cpu-config", NULL);
        parts.put("logger", NULL);
        parts.put(
                "machine-config",
                Json.object()
                        .put("vcpu_count", 1)
                        .put("mem_size_mib", 128)
                        .put("smt", false)
                        .put("track_dirty_pages", false)
                        .put("huge_pages", "None")
                        .end());
        parts.put("metrics", NULL);
        parts.put("mmds-config", NULL);
        parts.put("network-interfaces", Json.array(List.of()));
        parts.put("vsock", NULL);
        parts.put("entropy", NULL);
        parts.put("pmem", Json.array(List.of()));
        parts.put("memory-hotplug", NULL);
    }

    static String text(Json.Obj object, String member) {
        return object.members().get(member) instanceof Json.Str(var value) ? value : "";
    }

    static boolean flag(Json.Obj object, String member) {
        return object.members().get(member) instanceof Json.Bool(var value) && value;
    }

    static long number(Json.Obj object, String member) {
        return object.members().get(member) instanceof Json.Int(var value) ? value : 0;
    }

    /// `object` with one member changed.
    static Json.Obj with(Json.Obj object, String member, Json value) {
        var members = new LinkedHashMap<>(object.members());
        members.put(member, value);
        return new Json.Obj(members);
    }

    Json.Obj all() {
        return new Json.Obj(parts);
    }

    void set(String part, Json.Obj value) {
        parts.put(part, value);
    }

    /// A part that is an object, if it has been configured.
    Optional<Json.Obj> part(String name) {
        return parts.get(name) instanceof Json.Obj object ? Optional.of(object) : Optional.empty();
    }

    Json.Obj machine() {
        return part("machine-config").orElseThrow();
    }

    long memoryBytes() {
        return number(machine(), "mem_size_mib") << 20;
    }

    boolean hasKernel() {
        return !text(part("boot-source").orElseThrow(), "kernel_image_path").isEmpty();
    }

    /// The devices of a list, `drives` or `network-interfaces`.
    List<Json.Obj> devices(String list) {
        return parts.get(list) instanceof Json.Arr(var items)
                ? items.stream().map(Json.Obj.class::cast).toList()
                : List.of();
    }

    Optional<Json.Obj> device(String list, String idMember, String id) {
        return devices(list).stream()
                .filter(device -> text(device, idMember).equals(id))
                .findFirst();
    }

    /// Adds a device at the end, or in the place of the one with its id; a root drive comes first.
    void putDevice(String list, String idMember, Json.Obj device) {
        var devices = new ArrayList<>(devices(list));
        int place = 0;
        while (place < devices.size() && !text(devices.get(place), idMember).equals(text(device, idMember))) {
            place++;
        }
        if (place < devices.size()) {
            devices.set(place, device);
        } else {
            devices.add(device);
        }
        if (flag(device, "is_root_device")) {
            devices.remove(device);
            devices.addFirst(device);
        }
        parts.put(list, Json.array(devices));
    }

    /// Returns the part that a state file keeps.
    Json.Obj saved() {
        var out = Json.object();
        SAVED.forEach(name -> out.put(name, parts.getOrDefault(name, NULL)));
        return out.end();
    }

    void restore(Json.Obj saved) {
        SAVED.forEach(name -> parts.put(name, saved.members().getOrDefault(name, NULL)));
    }
}
