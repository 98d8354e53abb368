package dev.mvm.agentd.link;

import dev.mvm.agentd.execute.Executor;
import dev.mvm.agentd.execute.RoundResult;
import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.agentd.plan.Plan;
import dev.mvm.agentd.reconcile.Observed;
import dev.mvm.agentd.reconcile.Reconciler;
import dev.mvm.model.PoolFlag;
import dev.mvm.protocol.control.v1.AskAgentResponse;
import dev.mvm.protocol.control.v1.Counts;
import dev.mvm.protocol.control.v1.DesiredPool;
import dev.mvm.protocol.control.v1.NodeMessage.AgentAnswer;
import dev.mvm.protocol.control.v1.PlanStep;
import dev.mvm.protocol.control.v1.PoolOutcome;
import dev.mvm.protocol.control.v1.Question;
import dev.mvm.protocol.control.v1.Shortfall;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.store.TrustStore;
import java.util.concurrent.Semaphore;

/// Answers questions about the desired state and the plan, and requests for a round of reconciliation. A request
/// for a round changes nothing that the agent would not do by itself.
public final class AgentAnswers {
    /// Most steps in an answer.
    static final int MOST = 2_000;

    /// Most questions at a time.
    private static final int ASKING = 8;

    private final TrustStore trust;
    private final Observed observed;
    private final Reconciler reconciler;
    private final Semaphore asking = new Semaphore(ASKING);

    public AgentAnswers(TrustStore trust, Observed observed, Reconciler reconciler) {
        this.trust = trust;
        this.observed = observed;
        this.reconciler = reconciler;
    }

    /// Answers `question`.
    ///
    /// @param request number of the request
    AgentAnswer to(long request, Question question) {
        var out = AgentAnswer.newBuilder().setRequest(request);
        if (!asking.tryAcquire()) {
            return problem(out, "busy", "this node's agent has too many questions at once; try again");
        }
        try {
            return answer(out, question);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return problem(out, "stopping", "the agent is stopping");
        } finally {
            asking.release();
        }
    }

    private AgentAnswer answer(AgentAnswer.Builder out, Question question) throws InterruptedException {
        var installed = trust.installed();
        if (installed.isEmpty()) {
            return problem(out, "no_state", "the node has no signed state yet");
        }
        var state = installed.get().state().value();
        var answer = AskAgentResponse.newBuilder()
                .setSequence(state.sequence())
                .setExpires(state.expires().toString());
        switch (question) {
            case DESIRED -> state.tenants().forEach(tenant -> desired(answer, tenant));
            case PLAN -> {
                var plan = reconciler.plan();
                if (plan.isEmpty()) {
                    return notNow(out);
                }
                planned(answer, plan.get());
            }
            case RECONCILE -> {
                var round = reconciler.round();
                if (round.lost()) {
                    return notNow(out);
                }
                done(answer, round);
            }
            case QUESTION_UNSPECIFIED, UNRECOGNIZED -> {
                return problem(out, "unknown_question", "this node's agent does not know that question");
            }
        }
        return out.setAnswer(answer).build();
    }

    private AgentAnswer notNow(AgentAnswer.Builder out) {
        return observed.latest().isEmpty()
                ? problem(out, Hostd.UNREACHABLE, "the node's hostd does not answer")
                : problem(out, "hostd_behind", "the node's hostd has not installed the newest state yet; try again");
    }

    private static AgentAnswer problem(AgentAnswer.Builder out, String reason, String message) {
        return out.setReason(reason).setMessage(message).build();
    }

    private void desired(AskAgentResponse.Builder answer, NodeState.Tenant tenant) {
        boolean frozen = trust.installed()
                .filter(state -> state.frozen(tenant.tenant(), trust.now()))
                .isPresent();
        for (var pool : tenant.pools()) {
            answer.addPools(DesiredPool.newBuilder()
                    .setPool(tenant.tenant() + "/" + pool.pool())
                    .setDesired(Counts.newBuilder()
                            .setRunning(pool.counts().running())
                            .setWarm(pool.counts().warm())
                            .setSleeping(pool.counts().sleeping()))
                    .setRevision(pool.revision().value())
                    .addAllFlags(
                            pool.flags().stream().map(PoolFlag::word).sorted().toList())
                    .setFrozen(frozen));
        }
    }

    private static void planned(AskAgentResponse.Builder answer, Plan plan) {
        int wave = 0;
        for (var each : plan.waves()) {
            wave++;
            for (var step : each.steps()) {
                if (answer.getStepsCount() < MOST) {
                    answer.addSteps(PlanStep.newBuilder()
                            .setInstance(step.instance().toString())
                            .setOperation(Executor.word(step.operation()))
                            .setWhy(step.reason().words())
                            .setWave(wave));
                }
            }
        }
        answer.setStepsPlanned(plan.steps().size());
        for (var shortfall : plan.shortfalls()) {
            answer.addShortfalls(Shortfall.newBuilder()
                    .setPool(shortfall.pool().toString())
                    .setLack(shortfall.reason().code())
                    .setInstances(shortfall.instances()));
        }
    }

    private static void done(AskAgentResponse.Builder answer, RoundResult round) {
        round.pools()
                .forEach((pool, outcome) -> answer.addOutcomes(PoolOutcome.newBuilder()
                        .setPool(pool.toString())
                        .setOutcome(outcome.word())
                        .setReason(outcome.reason())));
    }
}
