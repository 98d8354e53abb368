package dev.mvm.testkit.firecracker;

import dev.mvm.json.Json;
import dev.mvm.protocol.firecracker.ApiReply;
import dev.mvm.protocol.firecracker.ApiRequest;
import dev.mvm.protocol.firecracker.NoContent;
import dev.mvm.protocol.firecracker.Operation;

/// A request that guestd never makes.
///
/// @param <T> what the answer carries
public record RawRequest<T>(ApiRequest request, ApiReply<T> reply) implements Operation<T> {
    /// The version alone. Every version understands it.
    static final Operation<Json.Obj> VERSION =
            new RawRequest<>(ApiRequest.get("/version"), new ApiReply<>(200, ApiReply::parse));

    /// The whole configuration, as Firecracker tells it. The logger, metrics and serial settings are not in it.
    static final Operation<Json.Obj> CONFIG =
            new RawRequest<>(ApiRequest.get("/vm/config"), new ApiReply<>(200, ApiReply::parse));

    /// Writes a line of metrics now.
    static final Operation<NoContent> FLUSH_METRICS = action("FlushMetrics");

    /// Three keys; with the usual handling the guest resets and the process ends with 0.
    static final Operation<NoContent> CTRL_ALT_DEL = action("SendCtrlAltDel");

    private static Operation<NoContent> action(String type) {
        return put("/actions", Json.object().put("action_type", type));
    }

    static Operation<NoContent> put(String target, Json.Builder body) {
        return new RawRequest<>(ApiRequest.put(target, body), ApiReply.DONE);
    }

    /// A disk is given another file.
    static Operation<NoContent> moveDrive(String id, String path) {
        var body = Json.object().put("drive_id", id).put("path_on_host", path);
        return new RawRequest<>(ApiRequest.patch("/drives/" + id, body), ApiReply.DONE);
    }

    /// Sets the file to which metrics are appended.
    static Operation<NoContent> metrics(String path) {
        return put("/metrics", Json.object().put("metrics_path", path));
    }

    /// A machine whose diff snapshots can tell what changed.
    static Operation<NoContent> trackedMachine(int vcpus, int memMib) {
        return put(
                "/machine-config",
                Json.object()
                        .put("vcpu_count", vcpus)
                        .put("mem_size_mib", memMib)
                        .put("smt", false)
                        .put("track_dirty_pages", true));
    }

    /// Writes pages changed since the last snapshot; holes in the file mean unchanged, not zero.
    static Operation<NoContent> diffSnapshot(String state, String memory) {
        return put(
                "/snapshot/create",
                Json.object()
                        .put("snapshot_type", "Diff")
                        .put("snapshot_path", state)
                        .put("mem_file_path", memory));
    }
}
