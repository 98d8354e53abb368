package dev.mvm.protocol.hostd;

import java.util.List;

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

    /// Findings of a verification.
    ///
    /// @param findings at most [#MOST]
    record Found(List<Observation.Finding> findings) implements HostReply {
        public static final int MOST = 2_000;

        public Found {
            findings = List.copyOf(findings);
        }
    }

    /// Stable code of the reason for which an operation was not done; `unexpected_answer` if it was done.
    default String code() {
        return switch (this) {
            case Refused(var reason) -> reason.value();
            case Failed(var call, var errno) -> "failed_" + call + (errno == 0 ? "" : "_" + errno);
            case Done _, Observed _, Found _, Ended _ -> "unexpected_answer";
        };
    }

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
