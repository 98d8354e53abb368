package dev.mvm.cli.command;

import dev.mvm.cli.api.CoordinatorClient;
import dev.mvm.cli.command.DoctorCommand.Level;
import dev.mvm.cli.failure.Failure;
import dev.mvm.json.Json;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BiConsumer;

/// Finds instances that are not as their pools want them.
final class InstanceFindings {
    /// Reason of an instance whose step takes longer than a round of the agent; docs/operations/agent.md.
    private static final String UNDER_WAY = "under_way";

    /// Reason of an instance whose microVM has ended by itself; docs/operations/sleep.md.
    private static final String ENDED = "vmm_exited";

    /// Of an instance that runs on or is held, since the agent stops others of such pools by itself.
    private static final String UNNAMED = " has memory, but the signed state does not name its tenant or its pool"
            + " (not_in_state; docs/operations/agent.md)";

    private final CoordinatorClient coordinator;
    private final BiConsumer<Level, String> found;

    /// @param found receives each finding
    InstanceFindings(CoordinatorClient coordinator, BiConsumer<Level, String> found) {
        this.coordinator = coordinator;
        this.found = found;
    }

    /// Checks all instances.
    void look() throws Failure {
        var instances = ResponseFields.objects(coordinator.get("/v1/instances"), "instances");
        boolean ended = instances.stream().anyMatch(InstanceFindings::hasEnded);
        var once = ended ? poolsWithoutRestart() : Set.<String>of();
        long running = 0;
        for (var instance : instances) {
            running += runs(instance) ? 1 : 0;
            look(instance, once);
        }
        found.accept(Level.OK, instances.size() + " instances, " + running + " of them running");
    }

    private void look(Json.Obj instance, Set<String> once) {
        var address = ResponseFields.text(instance, "address");
        var reason = ResponseFields.text(instance, "reason");
        if (reason.equals("not_in_state")) {
            found.accept(Level.WARNING, address + UNNAMED);
        } else if (runs(instance)) {
            if (!ResponseFields.flag(instance, "healthy")) {
                found.accept(
                        Level.WRONG, address + " runs but is not healthy" + (reason.isEmpty() ? "" : ": " + reason));
            }
        } else if (reason.equals(UNDER_WAY)) {
            found.accept(Level.NOTE, address + " is being changed by its node");
        } else if (hasEnded(instance) && once.contains(pool(address))) {
            found.accept(Level.NOTE, address + " has ended, and its pool starts none again (no_restart)");
        } else if (!reason.isEmpty()) {
            found.accept(
                    Level.WRONG,
                    address + " is " + ResponseFields.text(instance, "state") + ": " + reason
                            + "; see the log of hostd on its node");
        }
    }

    private static boolean runs(Json.Obj instance) {
        return ResponseFields.text(instance, "state").equals("Running");
    }

    private static boolean hasEnded(Json.Obj instance) {
        return ResponseFields.text(instance, "state").equals("Stopped")
                && ResponseFields.text(instance, "reason").equals(ENDED);
    }

    private static String pool(String address) {
        return address.substring(0, Math.max(0, address.lastIndexOf('/')));
    }

    private Set<String> poolsWithoutRestart() throws Failure {
        var out = new HashSet<String>();
        for (var pool : ResponseFields.objects(coordinator.get("/v1/pools"), "pools")) {
            if (ResponseFields.texts(pool, "flags").contains("no_restart")) {
                out.add(ResponseFields.text(pool, "address"));
            }
        }
        return out;
    }
}
