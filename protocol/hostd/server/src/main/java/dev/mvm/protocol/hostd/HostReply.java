package dev.mvm.protocol.hostd;

import dev.mvm.model.Bytes;

/// Answer to a [HostOperation]. It contains no free text of an exception.
public sealed interface HostReply {
    record Done() implements HostReply {}

    /// Policy refused the operation. Nothing has changed.
    record Refused(Label reason) implements HostReply {}

    /// The operation was permitted and tried, and failed.
    ///
    /// @param call the system call or step that failed
    /// @param errno 0 if the failure has none
    record Failed(Label call, int errno) implements HostReply {}

    record Observed(Observation observation) implements HostReply {}

    /// Findings of a verification, as netd has written them: root does not read them.
    ///
    /// @param lines at most [#MOST] bytes
    record Found(Bytes lines) implements HostReply {
        public static final int MOST = 1 << 20;
    }

    /// The answer to a challenge of the key service.
    record Stated(Bytes statement) implements HostReply {}

    /// The end of a stopped VM.
    record Ended(Ending how) implements HostReply {}

    enum Ending {
        /// The guest powered itself off within the grace.
        GUEST("guest"),
        /// The VM was killed.
        KILLED("killed");

        private final String word;

        Ending(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }
    }
}
