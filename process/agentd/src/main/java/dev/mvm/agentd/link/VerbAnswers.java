package dev.mvm.agentd.link;

import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.agentd.metrics.Tally;
import dev.mvm.agentd.plan.QuotaShortfall;
import dev.mvm.agentd.reconcile.Observed;
import dev.mvm.agentd.reconcile.Verbs;
import dev.mvm.model.InstanceAddress;
import dev.mvm.protocol.control.v1.CoordinatorMessage;
import dev.mvm.protocol.control.v1.NodeMessage;
import dev.mvm.protocol.control.v1.Verb;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.hostd.client.NetworkFindings;
import dev.mvm.protocol.hostd.client.ReplyCode;
import dev.mvm.protocol.trust.store.TrustStore;
import java.io.IOException;
import java.util.Optional;

/// Performs operators' verbs on single instances and verifications of networks, and answers with the result.
public record VerbAnswers(Verbs verbs, NodeReports reports, TrustStore trust, Observed observed, Tally tally) {
    NodeMessage to(CoordinatorMessage.VerbRequest request) {
        var answer = NodeMessage.VerbAnswer.newBuilder().setRequest(request.getRequest());
        var verb = known(request.getVerb(), request.getForce());
        if (verb.isEmpty()) {
            answer.setReason("unknown_verb").setMessage("this node does not know the verb " + request.getVerb());
        } else {
            perform(request.getAddress(), verb.get(), answer);
        }
        if (!answer.getDone()) {
            tally.requestFailed("verb");
        }
        return NodeMessage.newBuilder().setVerbAnswer(answer).build();
    }

    private void perform(String address, Verbs.Verb verb, NodeMessage.VerbAnswer.Builder answer) {
        try {
            var result = verbs.perform(InstanceAddress.parse(address), verb);
            answer.setDone(result.reason().isEmpty()).setReason(result.reason().orElse(""));
            result.reason()
                    .ifPresent(reason ->
                            answer.setMessage(address + ": " + Explanations.of(reason, verb, result.instance())
                                    + shortfall(reason, verb, result.instance())));
            result.instance().ifPresent(instance -> answer.setInstance(reports.instance(instance, trust.installed())));
        } catch (IllegalArgumentException e) {
            answer.setReason("malformed").setMessage("not an instance address");
        }
    }

    /// The quota that leaves no room, and its use: hostd's reason names neither.
    private String shortfall(String reason, Verbs.Verb verb, Optional<Observation.Instance> found) {
        if (!reason.equals("quota_exceeded") || found.isEmpty()) {
            return "";
        }
        var instance = found.get();
        return trust.installed()
                .flatMap(state -> state.tenant(instance.address().tenant()))
                .flatMap(tenant -> observed.latest()
                        .flatMap(observation -> verb.through().stream()
                                .flatMap(
                                        to -> QuotaShortfall.of(tenant, observation.instances(), instance, to).stream())
                                .findFirst()))
                .map(shortfall -> ": " + shortfall)
                .orElse("");
    }

    private static Optional<Verbs.Verb> known(Verb verb, boolean force) {
        return switch (verb) {
            case START -> Optional.of(Verbs.Verb.START);
            case STOP -> Optional.of(Verbs.Verb.STOP);
            case WARM -> Optional.of(Verbs.Verb.WARM);
            case RESUME -> Optional.of(Verbs.Verb.RESUME);
            case DESTROY -> Optional.of(Verbs.Verb.DESTROY);
            case SLEEP -> Optional.of(force ? Verbs.Verb.FORCE_SLEEP : Verbs.Verb.SLEEP);
            case WAKE -> Optional.of(Verbs.Verb.WAKE);
            case VERB_UNSPECIFIED, UNRECOGNIZED -> Optional.empty();
        };
    }

    NodeMessage to(CoordinatorMessage.VerifyNetworks request) {
        var answer = NodeMessage.NetworksAnswer.newBuilder().setRequest(request.getRequest());
        try {
            var reply = verbs.verifyNetworks(request.getDeep());
            if (reply instanceof HostReply.Found found) {
                answer.addAllFindings(NetworkFindings.of(found).stream()
                        .map(NodeReports::finding)
                        .toList());
            } else {
                answer.setReason(ReplyCode.of(reply)).setMessage("hostd did not verify the networks");
            }
        } catch (IOException e) {
            answer.setReason(Hostd.UNREACHABLE).setMessage("hostd does not answer");
        }
        return NodeMessage.newBuilder().setNetworksAnswer(answer).build();
    }
}
