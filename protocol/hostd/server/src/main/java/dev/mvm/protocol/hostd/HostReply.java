package dev.mvm.protocol.hostd;

import java.util.List;

/// Answer to a [HostOperation]. Nothing in it is free text of an exception.
public sealed interface HostReply {
    record Done() implements HostReply {}

    /// Policy said no. Nothing has changed.
    record Refused(Label reason) implements HostReply {}

    /// It was permitted and tried, and did not work.
    ///
    /// @param call what failed, a system call or a step
    /// @param errno 0 if there is none
    record Failed(Label call, int errno) implements HostReply {}

    record Observed(Observation observation) implements HostReply {}

    /// What a verification has found.
    ///
    /// @param findings at most [#MOST]
    record Found(List<Observation.Finding> findings) implements HostReply {
        public static final int MOST = 2_000;

        public Found {
            findings = List.copyOf(findings);
        }
    }

    /// How a stopped VM ended.
    record Ended(Ending how) implements HostReply {}

    enum Ending {
        /// The guest powered itself off within the grace.
        GUEST("guest"),
        /// It was killed.
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
