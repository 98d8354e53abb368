package dev.mvm.protocol.firecracker;

import dev.mvm.json.Json;

/// A question. Allowed at any time; changes nothing. While a page of guest memory is missing it can hang like any
/// other request.
public sealed interface Query<T> extends Operation<T> {
    /// Id, version and state of the process (`GET /`).
    record DescribeInstance() implements Query<InstanceInfo> {
        @Override
        public Reply<InstanceInfo> reply() {
            return Reply.INSTANCE;
        }
    }

    /// The version alone (`GET /version`). Every version understands it.
    record DescribeVersion() implements Query<FirecrackerVersion> {
        @Override
        public Reply<FirecrackerVersion> reply() {
            return Reply.VERSION;
        }
    }

    /// The whole configuration (`GET /vm/config`), as Firecracker tells it. The logger, metrics and serial settings
    /// are not in it.
    record DescribeConfig() implements Query<Json.Obj> {
        @Override
        public Reply<Json.Obj> reply() {
            return Reply.CONFIG;
        }
    }
}
