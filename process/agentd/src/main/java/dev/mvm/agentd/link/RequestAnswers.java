package dev.mvm.agentd.link;

import dev.mvm.agentd.audit.TenantAudits;
import dev.mvm.agentd.metrics.Tally;
import dev.mvm.protocol.control.v1.CoordinatorMessage;
import dev.mvm.protocol.control.v1.NodeMessage;
import java.util.function.Consumer;

/// Answers the requests of the coordinator on threads of their own, so that its stream is read meanwhile. Requests
/// beyond a limit are answered with a refusal.
public final class RequestAnswers {
    private final VerbAnswers verbs;
    private final AgentAnswers agent;
    private final TenantAudits audits;
    private final KeyAnswers keys;
    private final SessionRelay sessions;
    private final Tally tally;
    private final RequestLimiter limiter;

    public RequestAnswers(
            VerbAnswers verbs,
            AgentAnswers agent,
            TenantAudits audits,
            KeyAnswers keys,
            SessionRelay sessions,
            Tally tally) {
        this(verbs, agent, audits, keys, sessions, tally, new RequestLimiter(Thread::startVirtualThread));
    }

    RequestAnswers(
            VerbAnswers verbs,
            AgentAnswers agent,
            TenantAudits audits,
            KeyAnswers keys,
            SessionRelay sessions,
            Tally tally,
            RequestLimiter limiter) {
        this.verbs = verbs;
        this.agent = agent;
        this.audits = audits;
        this.keys = keys;
        this.sessions = sessions;
        this.tally = tally;
        this.limiter = limiter;
    }

    /// Answers `request`, a verb, a verification, a question, a request for an audit, or what is of the key
    /// service. Returns at once.
    ///
    /// @param answers takes the one answer, on another thread or, if it is a refusal, on this one
    /// @param done run after an answer that is no refusal
    /// @throws IllegalArgumentException if the message is another one
    void begin(CoordinatorMessage request, Consumer<NodeMessage> answers, Runnable done) {
        boolean begun = limiter.begin(request, () -> {
            answers.accept(answer(request));
            done.run();
        });
        if (!begun) {
            tally.requestLimited(RequestTypes.of(request));
            answers.accept(BusyReplies.to(request));
        }
    }

    private NodeMessage answer(CoordinatorMessage request) {
        return switch (request.getMessageCase()) {
            case VERB -> verbs.to(request.getVerb());
            case VERIFY_NETWORKS -> verbs.to(request.getVerifyNetworks());
            case READ_AUDIT -> audit(request.getReadAudit());
            case ASK_AGENT -> agent(request.getAskAgent());
            case KEY_CHALLENGE -> keys.to(request.getKeyChallenge());
            case KEY_BLOB -> keys.to(request.getKeyBlob());
            case ROOTS, STATE, OPEN_SESSION, MESSAGE_NOT_SET ->
                throw new IllegalArgumentException("not a request with an answer: " + RequestTypes.of(request));
        };
    }

    private NodeMessage audit(CoordinatorMessage.ReadAudit request) {
        var answer = AuditAnswers.of(audits, request);
        if (!answer.getAuditAnswer().getReason().isEmpty()) {
            tally.requestFailed("read_audit");
        }
        return answer;
    }

    private NodeMessage agent(CoordinatorMessage.AskAgent request) {
        var answer = agent.to(request.getRequest(), request.getQuestion());
        return NodeMessage.newBuilder().setAgentAnswer(answer).build();
    }

    /// Opens a session on a stream of its own, unless there are too many.
    void open(CoordinatorMessage request) {
        if (!sessions.open(request.getOpenSession().getSession())) {
            tally.requestLimited(RequestTypes.of(request));
        }
    }
}
