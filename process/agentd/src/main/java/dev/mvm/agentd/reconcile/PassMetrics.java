package dev.mvm.agentd.reconcile;

import dev.mvm.agentd.execute.Outcome;
import dev.mvm.agentd.execute.RoundResult;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/// Metrics of what came of the last round, in the Prometheus exposition format; `docs/operations/audit.md` lists them.
///
/// @param last the last round
/// @param resting how many instances rest
public record PassMetrics(Supplier<RoundResult> last, IntSupplier resting) {
    private static final List<String> WORDS = List.of("converged", "progressing", "blocked", "rejected");

    /// All of them as they are now.
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
                .append(resting.getAsInt())
                .append('\n')
                .toString();
    }

    private static void begin(StringBuilder out, String name, String help) {
        out.append("# HELP ").append(name).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(name).append(" gauge\n");
    }
}
