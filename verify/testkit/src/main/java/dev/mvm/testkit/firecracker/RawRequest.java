package dev.mvm.testkit.firecracker;

import dev.mvm.json.Json;
import dev.mvm.protocol.firecracker.Done;
import dev.mvm.protocol.firecracker.Operation;
import dev.mvm.protocol.firecracker.Reply;
import dev.mvm.protocol.firecracker.Request;

/// A request that guestd never makes.
///
/// @param <T> what the answer carries
public record RawRequest<T>(Request request, Reply<T> reply) implements Operation<T> {
    /// The version alone. Every version understands it.
    static final Operation<Json.Obj> VERSION =
            new RawRequest<>(Request.get("/version"), new Reply<>(200, Reply::parse));

    /// The whole configuration, as Firecracker tells it. The logger, metrics and serial settings are not in it.
    static final Operation<Json.Obj> CONFIG =
            new RawRequest<>(Request.get("/vm/config"), new Reply<>(200, Reply::parse));

    /// Writes a line of metrics now.
    static final Operation<Done> FLUSH_METRICS = action("FlushMetrics");

    /// Three keys; with the usual handling the guest resets and the process ends with 0.
    static final Operation<Done> CTRL_ALT_DEL = action("SendCtrlAltDel");

    private static Operation<Done> action(String type) {
        return put("/actions", Json.object().put("action_type", type));
    }

    static Operation<Done> put(String target, Json.Builder body) {
        return new RawRequest<>(Request.put(target, body), Reply.DONE);
    }

    /// A disk is given another file.
    static Operation<Done> moveDrive(String id, String path) {
        var body = Json.object().put("drive_id", id).put("path_on_host", path);
        return new RawRequest<>(Request.patch("/drives/" + id, body), Reply.DONE);
    }

    /// Where metrics are appended.
    static Operation<Done> metrics(String path) {
        return put("/metrics", Json.object().put("metrics_path", path));
    }

    /// A machine whose diff snapshots can tell what changed.
    static Operation<Done> trackedMachine(int vcpus, int memMib) {
        return put(
                "/machine-config",
                Json.object()
                        .put("vcpu_count", vcpus)
                        .put("mem_size_mib", memMib)
                        .put("smt", false)
                        .put("track_dirty_pages", true));
    }

    /// What changed since the last snapshot; holes in the file mean unchanged, not zero.
    static Operation<Done> diffSnapshot(String state, String memory) {
        return put(
                "/snapshot/create",
                Json.object()
                        .put("snapshot_type", "Diff")
                        .put("snapshot_path", state)
                        .put("mem_file_path", memory));
    }
}
