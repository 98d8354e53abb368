package dev.mvm.agentd.reconcile;

import dev.mvm.agentd.execute.Outcome;
import dev.mvm.agentd.execute.RoundResult;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/// Metrics of the last round, in the Prometheus exposition format; `docs/operations/audit.md` lists them.
///
/// @param last gives the last round
/// @param idle gives the size of the idle set
public record PassMetrics(Supplier<RoundResult> last, IntSupplier idle) {
    private static final List<String> WORDS = List.of("converged", "progressing", "blocked", "rejected");

    /// The metrics as they are now.
    public String text() {
        var out = new StringBuilder();
        begin(out, "mvm_pool_outcomes", "Pools by what came of them in the last round.");
        var pools = last.get().pools().values();
        for (var word : WORDS) {
            long count = pools.stream().map(Outcome::word).filter(word::equals).count();
            out.append("mvm_pool_outcomes{outcome=\"")
                    .append(word)
                    .append("\"} ")
                    .append(count)
                    .append('\n');
        }
        begin(out, "mvm_resting_instances", "Instances that rest, or are to, because they have nothing to do.");
        return out.append("mvm_resting_instances ")
                .append(idle.getAsInt())
                .append('\n')
                .toString();
    }

    private static void begin(StringBuilder out, String name, String help) {
        out.append("# HELP ").append(name).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(name).append(" gauge\n");
    }
}
