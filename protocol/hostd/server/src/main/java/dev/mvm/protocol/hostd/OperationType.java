package dev.mvm.protocol.hostd;

import static dev.mvm.model.InstanceState.READY;
import static dev.mvm.model.InstanceState.RUNNING;
import static dev.mvm.model.InstanceState.SLEEPING;
import static dev.mvm.model.InstanceState.STOPPED;
import static dev.mvm.model.InstanceState.WARM;

import dev.mvm.model.InstanceState;
import java.util.Optional;
import java.util.Set;

/// The operations of hostd, a row each: the number in frames, the word in audits, metrics and plans, and the states of
/// an instance in which the operation is allowed. A number or a word that was released never changes.
/// `docs/protocol/hostd.md` shows the same rows.
public enum OperationType {
    // operations without states are not about an instance that exists
    INSTALL_GRANT(1, "install_grant"),
    INSTALL_STATE(2, "install_state"),
    SETUP_NETWORK(3, "setup_network"),
    CREATE_INSTANCE(4, "create_instance"),
    ATTACH_DRIVES(5, "attach_drives", READY, STOPPED),
    START_INSTANCE(6, "start_instance", READY, STOPPED), // and only with drives attached
    STOP_INSTANCE(7, "stop_instance", RUNNING, WARM, SLEEPING),
    PAUSE_INSTANCE(8, "pause_instance", RUNNING),
    RESUME_INSTANCE(9, "resume_instance", WARM),
    DESTROY_INSTANCE(10, "destroy_instance", InstanceState.values()),
    OBSERVE(11, "observe"),
    GUEST_PING(12, "guest_ping", RUNNING),
    INSTALL_ROOT(14, "install_root"),
    GUEST_EXEC(16, "guest_exec", RUNNING),
    SLEEP_INSTANCE(17, "sleep_instance", RUNNING, WARM),
    WAKE_INSTANCE(18, "wake_instance", SLEEPING),
    VERIFY_NETWORKS(20, "verify_networks"),
    ANSWER_CHALLENGE(22, "answer_challenge"),
    INSTALL_BLOB(23, "install_blob"),
    GUEST_LOGS(24, "guest_logs", InstanceState.values());

    private final int number;
    private final String word;

    @SuppressWarnings("ImmutableEnumChecker") // of Set.of, which nobody changes
    private final Set<InstanceState> allowed;

    OperationType(int number, String word, InstanceState... allowed) {
        this.number = number;
        this.word = word;
        this.allowed = Set.of(allowed);
    }

    /// Returns the type of the operation's frames.
    public int number() {
        return number;
    }

    /// Returns the operation's name, as in `docs/protocol/hostd.md`.
    public String word() {
        return word;
    }

    /// Returns whether the operation is allowed on an instance in `state`.
    public boolean allowedIn(InstanceState state) {
        return allowed.contains(state);
    }

    /// Returns the operation whose frames have type `number`, or empty if that number names no operation.
    public static Optional<OperationType> of(int number) {
        for (var type : values()) {
            if (type.number == number) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
