package dev.mvm.agentd.credential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.credential.TestAuthority.Wanted;
import dev.mvm.protocol.trust.Ceremony;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Moments at which a certificate is renewed, and failures.
final class RenewalTest {
    private static final Duration MONTH = Duration.ofDays(30);

    @TempDir
    private Path dir;

    private final MemoryStateFiles own = new MemoryStateFiles();
    private final List<String> log = new ArrayList<>();
    private final List<String> outcomes = new ArrayList<>();
    private final List<Instant> asked = new ArrayList<>();
    private Instant now = Ceremony.NOW;
    private TestAuthority authority;
    private Credentials credentials;
    private RenewalPort coordinator = this::issue;

    @BeforeEach
    void install() throws Exception {
        authority = TestAuthority.create(now);
        TestAuthority.install(dir, authority.credential(now, MONTH));
        credentials = Credentials.open(dir, own, Ceremony.NODE, () -> now, log::add);
    }

    private RenewalAnswer issue(byte[] request) {
        return authority.answer(request, Wanted.node(), now, MONTH);
    }

    private Renewal renewal(long seed) {
        return new Renewal(
                credentials,
                Ceremony.NODE,
                request -> {
                    asked.add(now);
                    return coordinator.ask(request);
                },
                outcomes::add,
                new Random(seed),
                () -> now,
                log::add);
    }

    /// Looks every `step`, for `time`.
    private void pass(Renewal renewal, Duration time, Duration step) {
        for (var end = now.plus(time); now.isBefore(end); now = now.plus(step)) {
            renewal.look();
        }
    }

    @Test
    void certificate_isRenewedAfterAThird_withANewKey_overAndOver() {
        var renewal = renewal(1);
        var keys = new HashSet<PublicKey>();
        keys.add(credentials.current().certificate().getPublicKey());
        for (int i = 0; i < 5; i++) {
            var from = credentials.current().from();
            int before = asked.size();
            pass(renewal, Duration.ofDays(11).plusHours(1), Duration.ofHours(1));
            assertThat(asked).hasSize(before + 1);
            assertThat(asked.getLast())
                    .isBetween(
                            from.plus(MONTH.dividedBy(3)),
                            from.plus(Duration.ofDays(11)).plusSeconds(3600));
            assertThat(keys.add(credentials.current().certificate().getPublicKey()))
                    .isTrue();
            now = credentials.current().from();
        }
        assertThat(outcomes).containsOnly("renewed").hasSize(5);
    }

    @Test
    void nodesOfOneMoment_askAtDifferentTimes_thatTheirSeedGives() throws Exception {
        var moments = new HashSet<Instant>();
        for (long seed = 0; seed < 20; seed++) {
            own.files.clear();
            now = Ceremony.NOW;
            install();
            asked.clear();
            pass(renewal(seed), Duration.ofDays(12), Duration.ofHours(1));
            moments.add(asked.getFirst());
        }
        assertThat(moments).hasSizeGreaterThan(6);
    }

    @Test
    void failure_isTriedAgainWithGrowingPauses_andSaidOnce() {
        var renewal = renewal(1);
        coordinator = _ -> {
            throw new RenewalException(RenewalFault.UNREACHABLE, "the coordinator: gone");
        };
        now = now.plus(Duration.ofDays(11));
        pass(renewal, Duration.ofHours(12), Duration.ofMinutes(1));
        assertThat(asked.size()).isBetween(12, 30);
        assertThat(log).hasSize(1).first().asString().contains("(unreachable)");
        coordinator = _ -> {
            throw new RenewalException(RenewalFault.REFUSED, "the coordinator: no");
        };
        pass(renewal, Duration.ofHours(3), Duration.ofMinutes(1));
        assertThat(log).hasSize(2).last().asString().contains("(refused)");
        coordinator = this::issue;
        pass(renewal, Duration.ofHours(3), Duration.ofMinutes(1));
        assertThat(outcomes).endsWith("renewed").containsOnlyOnce("renewed");
        assertThat(log).hasSize(3).last().asString().contains("another one now");
    }

    @Test
    void fullDisk_leavesTheCertificateInUse() {
        var before = credentials.current();
        own.full = true;
        now = now.plus(Duration.ofDays(11));
        renewal(1).look();
        assertThat(outcomes).containsExactly("not_written");
        assertThat(credentials.current()).isSameAs(before);
    }

    @Test
    void lastTenthOfTheLifetime_isSaidOnce() {
        var renewal = renewal(1);
        coordinator = _ -> {
            throw new RenewalException(RenewalFault.REFUSED, "the coordinator: no");
        };
        now = now.plus(Duration.ofDays(27)).minusSeconds(60);
        renewal.look();
        assertThat(log).hasSize(1);
        assertThat(renewal.status().fault()).isEmpty();
        now = now.plusSeconds(120);
        pass(renewal, Duration.ofDays(4), Duration.ofHours(1));
        assertThat(log).hasSize(2).last().asString().contains("the certificate of this node expires ");
        assertThat(renewal.status().fault()).contains(RenewalFault.REFUSED);
        coordinator = this::issue;
        now = now.plus(Duration.ofHours(2));
        renewal.look();
        assertThat(renewal.status())
                .isEqualTo(new CertificateStatus(credentials.current().until(), Optional.empty()));
    }

    @Test
    void certificateThatAnOperatorReplaces_isUsed_andRenewedInItsOwnTime() throws Exception {
        var renewal = renewal(1);
        now = now.plus(Duration.ofDays(9));
        renewal.look();
        var fresh = authority.credential(now, MONTH);
        TestAuthority.install(dir, fresh);
        pass(renewal, Duration.ofDays(9), Duration.ofHours(1));
        assertThat(credentials.current().same(fresh)).isTrue();
        assertThat(asked).isEmpty();
    }

    @Test
    void badAnswer_changesNothing_andIsTriedAgain() {
        var before = credentials.current();
        coordinator = request -> authority.answer(request, Wanted.named("spiffe://mvm/node/other"), now, MONTH);
        now = now.plus(Duration.ofDays(11));
        var renewal = renewal(1);
        renewal.look();
        assertThat(outcomes).containsExactly("wrong_name");
        assertThat(credentials.current()).isSameAs(before);
        assertThat(own.files).isEmpty();
        coordinator = this::issue;
        now = now.plusSeconds(60);
        renewal.look();
        assertThat(outcomes).containsExactly("wrong_name", "renewed");
    }
}
