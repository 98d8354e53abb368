package dev.mvm.protocol.firecracker;

/// Outcome of an operation.
///
/// @param <T> what a good answer carries
public sealed interface Answer<T> {
    /// The operation was carried out.
    record Value<T>(T value) implements Answer<T> {}

    /// The VMM refused it or failed at it and says so. The microVM is as it was; of a
    /// snapshot, files may have been written.
    ///
    /// @param message what the VMM says, for a log: at most 512 characters of printable ASCII
    record Fault<T>(String message) implements Answer<T> {
        static final int MESSAGE_MAX = 512;

        public Fault {
            message = Form.printable(message, MESSAGE_MAX);
        }
    }

    /// No answer, or one that Firecracker does not give. The operation may have been carried out.
    record Broken<T>(Reason reason) implements Answer<T> {}

    enum Reason {
        /// The deadline passed. A missing page of guest memory makes any request hang.
        TIMED_OUT,
        /// The connection ended before the answer did, or the VMM does not listen.
        CLOSED,
        /// The response is not the HTTP that Firecracker speaks, or is more than one response.
        NOT_HTTP,
        /// The answer is larger than any that Firecracker gives.
        TOO_LARGE,
        /// A status that is no answer to this request.
        UNEXPECTED_STATUS,
        /// The status fits, its content does not.
        MALFORMED_BODY
    }
}
