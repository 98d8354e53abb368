package dev.mvm.coordinator.node;

import dev.mvm.model.InstanceAddress;
import dev.mvm.model.NodeId;
import dev.mvm.model.PoolAddress;
import dev.mvm.protocol.control.v1.AskAgentResponse;
import dev.mvm.protocol.control.v1.Counts;
import dev.mvm.protocol.control.v1.DesiredPool;
import dev.mvm.protocol.control.v1.PlanStep;
import dev.mvm.protocol.control.v1.PoolOutcome;
import dev.mvm.protocol.control.v1.Shortfall;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/// Sanitizes an agent's answers about its plans, as [NodeReportSanitizer] does with reports. Lines with an invalid
/// instance or pool are left out.
final class AgentReplySanitizer {
    private static final int MOST = 2_000;
    private static final int MAX_POOLS = 4_096;
    private static final int FLAGS = 16;
    private static final List<String> OPERATIONS =
            List.of("create", "attach", "start", "stop", "pause", "resume", "sleep", "wake", "destroy");
    private static final List<String> OUTCOMES = List.of("converged", "progressing", "blocked", "rejected");

    private AgentReplySanitizer() {}

    static AskAgentResponse sanitized(NodeId node, AskAgentResponse said) {
        return AskAgentResponse.newBuilder()
                .setNode(node.value())
                .setSequence(Math.max(0, said.getSequence()))
                .setExpires(NodeReportSanitizer.text(said.getExpires()))
                .setStepsPlanned(Math.max(0, said.getStepsPlanned()))
                .addAllPools(
                        some(said.getPoolsList(), MAX_POOLS, one -> pool(one.getPool()), AgentReplySanitizer::desired))
                .addAllSteps(some(said.getStepsList(), MOST, AgentReplySanitizer::valid, AgentReplySanitizer::step))
                .addAllShortfalls(some(
                        said.getShortfallsList(), MOST, one -> pool(one.getPool()), AgentReplySanitizer::shortfall))
                .addAllOutcomes(some(
                        said.getOutcomesList(),
                        MAX_POOLS,
                        one -> pool(one.getPool()) && OUTCOMES.contains(one.getOutcome()),
                        AgentReplySanitizer::outcome))
                .build();
    }

    private static <T> List<T> some(List<T> said, int most, Predicate<T> valid, Function<T, T> clean) {
        return said.stream().filter(valid).limit(most).map(clean).toList();
    }

    private static boolean valid(PlanStep said) {
        return parses(InstanceAddress::parse, said.getInstance()) && OPERATIONS.contains(said.getOperation());
    }

    private static boolean pool(String said) {
        return parses(PoolAddress::parse, said);
    }

    private static boolean parses(Consumer<String> parser, String text) {
        try {
            parser.accept(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static PlanStep step(PlanStep said) {
        return PlanStep.newBuilder()
                .setInstance(said.getInstance())
                .setOperation(said.getOperation())
                .setWhy(NodeReportSanitizer.text(said.getWhy()))
                .setWave(Math.max(1, said.getWave()))
                .build();
    }

    private static Shortfall shortfall(Shortfall said) {
        return Shortfall.newBuilder()
                .setPool(said.getPool())
                .setLack(NodeReportSanitizer.reason(said.getLack()))
                .setInstances(Math.max(0, said.getInstances()))
                .build();
    }

    private static PoolOutcome outcome(PoolOutcome said) {
        return PoolOutcome.newBuilder()
                .setPool(said.getPool())
                .setOutcome(said.getOutcome())
                .setReason(said.getReason().isEmpty() ? "" : NodeReportSanitizer.reason(said.getReason()))
                .build();
    }

    private static DesiredPool desired(DesiredPool said) {
        var counts = said.getDesired();
        return DesiredPool.newBuilder()
                .setPool(said.getPool())
                .setDesired(Counts.newBuilder()
                        .setRunning(Math.max(0, counts.getRunning()))
                        .setWarm(Math.max(0, counts.getWarm()))
                        .setSleeping(Math.max(0, counts.getSleeping())))
                .setRevision(NodeReportSanitizer.text(said.getRevision()))
                .addAllFlags(said.getFlagsList().stream()
                        .limit(FLAGS)
                        .map(NodeReportSanitizer::text)
                        .toList())
                .setFrozen(said.getFrozen())
                .build();
    }
}
