package dev.mvm.agentd.reconcile;

import dev.mvm.agentd.plan.Plan;
import dev.mvm.model.Digest;
import dev.mvm.protocol.audit.PlanHash;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.hostd.ReplyWriter;
import dev.mvm.protocol.hostd.client.OperationWriter;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// Hashes of the plans of one maker, a different one for each plan, even of the same steps. Thread-safe.
public final class PlanHashes {
    private final String by;
    private final InstantSource clock;
    private final AtomicLong made = new AtomicLong();

    /// @param by as in [PlanHash.Basis]
    public PlanHashes(String by, InstantSource clock) {
        this.by = by;
        this.clock = clock;
    }

    /// The hash of a plan that was made just now.
    ///
    /// @param state digest of the signed state that it follows; empty if it follows none
    /// @param observed what it was made with
    public Digest of(Optional<Digest> state, Observation observed, List<? extends HostOperation> steps) {
        var seen = Digest.of(bytes(new ReplyWriter().encode(new HostReply.Observed(observed))));
        var basis = new PlanHash.Basis(by, state, seen, clock.instant(), made.incrementAndGet());
        var writer = new OperationWriter();
        return PlanHash.of(
                basis, steps.stream().map(step -> bytes(writer.encode(step))).toList());
    }

    /// The operations of `plan`, in the order in which they are best begun.
    public static List<HostOperation> operations(Plan plan) {
        return Stream.<HostOperation>concat(
                        plan.networks().stream(), plan.steps().stream().map(Plan.Step::operation))
                .toList();
    }

    private static byte[] bytes(ByteBuffer frame) {
        var out = new byte[frame.remaining()];
        frame.get(out);
        return out;
    }
}
