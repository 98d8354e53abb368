package dev.mvm.protocol.firecracker;

/// A question. Allowed at any time; changes nothing. While a page of guest memory is missing it can hang like any
/// other request.
public sealed interface Query<T> extends Operation<T> {
    /// Id, version and state of the process (`GET /`).
    record DescribeInstance() implements Query<InstanceInfo> {
        @Override
        public ApiRequest request() {
            return ApiRequest.get("/");
        }

        @Override
        public ApiReply<InstanceInfo> reply() {
            return ApiReply.INSTANCE;
        }
    }
}
