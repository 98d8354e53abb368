package dev.mvm.protocol.firecracker;

import java.util.List;
import java.util.Set;

/// How a paused microVM is made to run again with its vsock alive.
///
/// After pause and resume with no snapshot request in between, nothing from the host reaches the guest of a 1.16 over
/// vsock ever again (firecracker pull 6100; a later 1.16 may bring the repair, and the detour does no harm there). So a
/// snapshot request has to come first, because writing the device
/// state arms the reset that the device waits for on resume. Its failure at the memory file is wanted: the state is a
/// few kilobytes, the memory is not written. All vsock connections are reset by it; new ones work at once.
public final class WarmResume {
    private static final FirecrackerVersion BROKEN = FirecrackerVersion.parse("1.16.0");
    private static final FirecrackerVersion REPAIRED = FirecrackerVersion.parse("1.17.0");

    private WarmResume() {}

    /// A request and the answers with which the plan goes on. Any other ends it, with the microVM as it was: paused.
    public record Step(Command command, Set<FaultKind> wanted) {
        /// A step that has to succeed when `wanted` is empty, and has to fail in one of these ways otherwise.
        public Step {
            wanted = Set.copyOf(wanted);
        }

        /// Whether the plan goes on after this answer.
        public boolean goesOn(Answer<Done> answer) {
            return switch (answer) {
                case Answer.Value<Done> _ -> wanted.isEmpty();
                case Answer.Fault<Done>(var kind, var _) -> wanted.contains(kind);
                case Answer.Broken<Done> _ -> false;
            };
        }
    }

    /// The requests, in order.
    ///
    /// @param state a file to be thrown away; the VMM must be able to write it
    /// @param memory a path that the VMM cannot open for writing, in a directory that does not exist say
    public static List<Step> plan(FirecrackerVersion version, VmmPath state, VmmPath memory) {
        var resume = new Step(new Command.Resume(), Set.of());
        if (!version.atLeast(BROKEN) || version.atLeast(REPAIRED)) {
            return List.of(resume);
        }
        var snapshot = new Command.CreateSnapshot(state, memory);
        return List.of(new Step(snapshot, Set.of(FaultKind.SNAPSHOT_MEMORY_FILE)), resume);
    }
}
