package dev.mvm.hostd.key;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.hostd.host.HostFixture;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.notify.FdName;
import dev.mvm.linux.notify.InheritedFds;
import dev.mvm.linux.notify.ServiceManager;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.linux.socket.FakeServiceManager;
import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.trust.Ceremony;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Hosts that follow one another in one boot, with a service manager that keeps descriptors between them.
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class KeptPeriodTest {
    private static final TestKeyService.Key KEY =
            new TestKeyService.Key(Ceremony.DEMO, new KeyName("snap"), KeyPurpose.SNAPSHOT, 1, 7);
    private static final long LIFE = Duration.ofHours(36).toSeconds();

    private final HostFixture fixture = new HostFixture();
    private final TestKeyService service = new TestKeyService(fixture.ceremony);
    private FakeServiceManager manager;

    @BeforeEach
    void start() throws Exception {
        try (var memory = SecretMemory.allocate(1)) {
            assumeTrue(memory.means().equals("memfd_secret"), "a kernel without it keeps nothing");
        }
        manager = new FakeServiceManager("@mvm-test-period");
        fixture.identity.make();
        fixture.root = service.root;
        fixture.manager = ServiceManager.from(manager.environment());
        fixture.start();
    }

    @AfterEach
    void end() {
        if (manager != null) {
            manager.close();
        }
    }

    private Bytes statement(int period) {
        var challenge = new HostOperation.AnswerChallenge(service.challenge(period, fixture.now));
        return ((HostReply.Stated) fixture.perform(challenge)).statement();
    }

    private void install(Bytes statement, int period, int second) {
        var blob = service.blob(statement, period, fixture.now.plusSeconds(second), KEY);
        fixture.done(new HostOperation.InstallBlob(blob));
    }

    /// The descriptor that the service manager is told to keep next.
    private InheritedFds.Named stored() throws Exception {
        try (var packet = manager.next()) {
            var lines = new String(packet.bytes(), UTF_8).split("\n", -1);
            assertThat(lines[0]).isEqualTo("FDSTORE=1");
            var name = new FdName(lines[1].substring("FDNAME=".length()));
            return new InheritedFds.Named(name, packet.descriptors().getFirst().move());
        }
    }

    private void forgotten(FdName name) throws Exception {
        assertThat(manager.nextText()).isEqualTo("FDSTOREREMOVE=1\nFDNAME=" + name);
    }

    private Optional<Integer> fill() throws Exception {
        return fixture.keys.lend(Ceremony.DEMO, KEY.named(), key -> (int) key.get(JAVA_BYTE, 31));
    }

    @SuppressWarnings("MustBeClosedChecker") // closed by the hostd that takes it
    private static InheritedFds.Named again(InheritedFds.Named kept) throws Exception {
        return new InheritedFds.Named(kept.name(), kept.fd().duplicate());
    }

    private void startWith(InheritedFds.Named... kept) throws Exception {
        for (var each : kept) {
            fixture.inherited.add(again(each));
        }
        fixture.start();
    }

    private static boolean wiped(Fd memory) throws Exception {
        try (var copy = memory.duplicate();
                var seen = SecretMemory.of(copy, Hpke.KEY_SIZE)) {
            return Bytes.of(seen.bytes().toArray(JAVA_BYTE)).equals(Bytes.of(new byte[Hpke.KEY_SIZE]));
        }
    }

    @Test
    @Tag("claim-K3")
    void hostdThatFollows_hasTheKeys_andForNoLonger() throws Exception {
        install(statement(4), 4, 0);
        long end = fixture.uptime + LIFE;
        try (var kept = stored()) {
            assertThat(kept.name().value()).startsWith("sealing.4." + end + ".");
            fixture.uptime += 3600;
            startWith(kept);
            assertThat(fixture.keys.period()).isEqualTo(4);
            assertThat(fill()).contains(7);
            fixture.uptime = end - 1;
            assertThat(fill()).contains(7);
            assertThat(wiped(kept.fd())).isFalse();
            fixture.uptime = end;
            assertThat(fill()).isEmpty();
            assertThat(wiped(kept.fd())).isTrue();
            forgotten(kept.name());
        }
    }

    @Test
    @Tag("claim-K3")
    void periodThatIsOverBeforeHostdStarts_isWiped() throws Exception {
        install(statement(4), 4, 0);
        try (var kept = stored()) {
            fixture.uptime += LIFE;
            startWith(kept);
            assertThat(fixture.keys.period()).isZero();
            assertThat(wiped(kept.fd())).isTrue();
            forgotten(kept.name());
        }
    }

    @Test
    void nextBlob_takesTheNameOfTheOneBefore_andTheNextPeriodItsKey() throws Exception {
        var statement = statement(4);
        install(statement, 4, 0);
        try (var first = stored()) {
            fixture.uptime += 60;
            install(statement, 4, 60);
            forgotten(first.name());
            try (var second = stored()) {
                assertThat(second.name()).isNotEqualTo(first.name());
                startWith(second);
                assertThat(fill()).contains(7);
                install(statement(5), 5, 120);
                forgotten(second.name());
                assertThat(wiped(second.fd())).isTrue();
                try (var third = stored()) {
                    startWith(third);
                    assertThat(fixture.keys.period()).isEqualTo(5);
                    assertThat(fill()).contains(7);
                }
            }
        }
    }

    /// Whatever a crash or a thief has left: there is no key, and the next challenge is answered.
    @Test
    @Tag("claim-K2")
    void keyWithoutItsBlob_orMoreThanOne_orAnUnknownName_isForgotten() throws Exception {
        install(statement(4), 4, 0);
        var blob = fixture.blobFiles.content.get("blob");
        try (var kept = stored()) {
            var parts = kept.name().value().split("\\.", -1);
            for (var name : new String[] {
                "sealing.5." + parts[2] + "." + parts[3],
                "sealing.4." + parts[2] + "." + "0".repeat(64),
                "sealing.4." + parts[2],
                "sealing.x.1.2"
            }) {
                startWith(new InheritedFds.Named(new FdName(name), kept.fd()));
                assertThat(fixture.keys.period()).as(name).isZero();
                forgotten(new FdName(name));
            }
            startWith(kept, kept);
            forgotten(kept.name());
            forgotten(kept.name());
            assertThat(fixture.keys.period()).isZero();
            fixture.blobFiles.content.remove("blob");
            startWith(kept);
            forgotten(kept.name());
            assertThat(fixture.keys.period()).isZero();
            fixture.blobFiles.content.put("blob", blob);
        }
        install(statement(5), 5, 60);
        stored().close();
        assertThat(fill()).contains(7);
    }

    /// As after a root that gives the role to another key.
    @Test
    @Tag("claim-K2")
    void blobThatIsNotBelieved_isNotUsed() throws Exception {
        install(statement(4), 4, 0);
        try (var kept = stored()) {
            var other = new TestKeyService(fixture.ceremony);
            other.fleet = service.fleet;
            var forged = other.blob(statement(6), 6, fixture.now, KEY);
            fixture.blobFiles.content.put("blob", forged.array());
            startWith(kept);
            forgotten(kept.name());
            assertThat(fixture.keys.period()).isZero();
            assertThat(wiped(kept.fd())).isTrue();
        }
    }
}
