package dev.mvm.protocol.firecracker;

import dev.mvm.model.FirecrackerVersion;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Plan that resumes a paused microVM with a working vsock.
///
/// After pause and resume with no snapshot request in between, nothing from the host reaches the guest of a 1.16 over
/// vsock ever again (firecracker pull 6100; a later 1.16 may bring the repair, and the detour does no harm there).
/// So a snapshot request has to come first, because writing the device
/// state arms the reset that the device waits for on resume. Its failure at the memory file is wanted: the state is a
/// few kilobytes, the memory is not written. All vsock connections are reset by it; new ones work at once.
public final class WarmResume {
    private static final FirecrackerVersion BROKEN = FirecrackerVersion.parse("1.16.0");
    private static final FirecrackerVersion REPAIRED = FirecrackerVersion.parse("1.17.0");

    /// The fault of a memory file that could not be opened, sized or flushed. The state was written before.
    private static final Pattern NO_MEMORY_FILE =
            Pattern.compile("Create snapshot error: Cannot perform \\w+ on the memory backing file");

    private WarmResume() {}

    /// A request and the answer with which the plan goes on. Any other ends it, with the microVM as it was: paused.
    ///
    /// @param fault the beginning of the message with which it has to fail; none if it has to succeed
    public record Step(Command command, Optional<Pattern> fault) {
        /// Returns whether the plan continues after this response.
        public boolean goesOn(Answer<NoContent> answer) {
            return switch (answer) {
                case Answer.Value<NoContent> _ -> fault.isEmpty();
                case Answer.Fault<NoContent>(var message) ->
                    fault.isPresent() && fault.get().matcher(message).lookingAt();
                case Answer.Broken<NoContent> _ -> false;
            };
        }
    }

    /// The requests, in order.
    ///
    /// @param state a file to be thrown away; the VMM must be able to write it
    /// @param memory a path that the VMM cannot open for writing, in a directory that does not exist say
    public static List<Step> plan(FirecrackerVersion version, VmmPath state, VmmPath memory) {
        var resume = new Step(new Command.Resume(), Optional.empty());
        if (version.release() < BROKEN.release() || version.release() >= REPAIRED.release()) {
            return List.of(resume);
        }
        var snapshot = new Command.CreateSnapshot(state, memory);
        return List.of(new Step(snapshot, Optional.of(NO_MEMORY_FILE)), resume);
    }
}
