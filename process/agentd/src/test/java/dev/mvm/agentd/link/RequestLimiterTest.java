package dev.mvm.agentd.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.protocol.control.v1.CoordinatorMessage;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Limits of the requests that a coordinator has under way on a node.
final class RequestLimiterTest {
    private static final CoordinatorMessage VERB = CoordinatorMessage.newBuilder()
            .setVerb(CoordinatorMessage.VerbRequest.getDefaultInstance())
            .build();
    private static final CoordinatorMessage AUDIT = CoordinatorMessage.newBuilder()
            .setReadAudit(CoordinatorMessage.ReadAudit.getDefaultInstance())
            .build();
    private static final CoordinatorMessage QUESTION = CoordinatorMessage.newBuilder()
            .setAskAgent(CoordinatorMessage.AskAgent.getDefaultInstance())
            .build();

    private final ArrayDeque<Runnable> threads = new ArrayDeque<>();
    private final RequestLimiter limiter = new RequestLimiter(threads::add);
    private final AtomicInteger done = new AtomicInteger();

    private int taken(CoordinatorMessage request) {
        int count = 0;
        while (limiter.begin(request, done::incrementAndGet)) {
            count++;
        }
        return count;
    }

    @Test
    @Tag("claim-G5")
    void largeAnswers_areFewAtATime_andKeepNoVerbFromItsPlace() {
        assertThat(taken(AUDIT)).isEqualTo(8);
        assertThat(taken(QUESTION)).isZero();
        assertThat(taken(VERB)).isEqualTo(128);
        threads.remove().run();
        assertThat(done).hasValue(1);
        assertThat(taken(QUESTION)).isEqualTo(1);
    }

    @Test
    void workThatFails_givesItsPlaceBack() {
        assertThat(limiter.begin(AUDIT, () -> {
                    throw new IllegalStateException("for the test");
                }))
                .isTrue();
        assertThat(taken(AUDIT)).isEqualTo(7);
        try {
            threads.remove().run();
        } catch (IllegalStateException e) {
            assertThat(e).hasMessage("for the test");
        }
        assertThat(taken(AUDIT)).isEqualTo(1);
    }
}
