package dev.mvm.agentd.link;

import dev.mvm.agentd.reconcile.Consistency;
import dev.mvm.model.Digest;
import dev.mvm.protocol.control.v1.ConsistencyRequest;
import dev.mvm.protocol.control.v1.NodeLinkGrpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Consistency proofs of the log of states, from the coordinator over the agent's own channel.
public final class LogConsistency implements Consistency {
    private static final int PATIENCE_SECONDS = 60;

    private final ManagedChannel channel;

    public LogConsistency(ManagedChannel channel) {
        this.channel = channel;
    }

    @Override
    public List<Digest> path(long from, long to) throws IOException {
        if (from <= 0 || from >= to) {
            return List.of(); // no growth, or no proof of it is possible
        }
        try {
            var request =
                    ConsistencyRequest.newBuilder().setFrom(from).setTo(to).build();
            return NodeLinkGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
                    .consistency(request)
                    .getHashesList()
                    .stream()
                    .map(hash -> new Digest("sha256:" + HexFormat.of().formatHex(hash.toByteArray())))
                    .toList();
        } catch (StatusRuntimeException | IllegalArgumentException e) {
            throw new IOException("the coordinator does not prove the consistency of its log: " + e.getMessage(), e);
        }
    }
}
