package dev.mvm.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.model.Digest;
import dev.mvm.model.NodeMode;
import dev.mvm.protocol.attest.Attestation;
import dev.mvm.protocol.attest.AttestationLevel;
import dev.mvm.protocol.attest.AttestationPolicy;
import dev.mvm.protocol.attest.StatementFacts;
import dev.mvm.protocol.attest.tpm.MeasuredRelease;
import dev.mvm.protocol.attest.tpm.TpmAttestor;
import dev.mvm.protocol.attest.tpm.TpmCredential;
import dev.mvm.protocol.attest.tpm.TpmIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A boot as it is measured, from the firmware on: mvm-attest in a machine with a TPM, judged as the key service judges
/// it.
final class MeasuredBootTest {
    private static final StatementFacts STATEMENT =
            new StatementFacts(Digest.of(new byte[] {1}), "b2cbb374-9b3a-4f0e-9c6a-3d1c5b8f0a11", NodeMode.HARDENED);

    @TempDir
    private Path folder;

    /// One period: a challenge for the machine's TPM, its evidence, the judgement.
    private static Attestation period(MeasuredMachine machine, Digest endorsementKey, List<MeasuredRelease> releases)
            throws Exception {
        var identity = TpmIdentity.read(machine.attest().identity());
        assertThat(identity.endorsementDigest()).isEqualTo(endorsementKey);
        var credential = TpmCredential.make(identity, new SecureRandom());
        var evidence = machine.attest().evidence(credential.blob().array(), STATEMENT.payload());
        return new TpmAttestor(identity, credential.secret(), releases).judge(STATEMENT, evidence);
    }

    /// A release as operators sign it: the values of this boot of kernel (4), and of initrd and command line (9).
    private static MeasuredRelease measured(MeasuredMachine machine) throws Exception {
        var identity = TpmIdentity.read(machine.attest().identity());
        var credential = TpmCredential.make(identity, new SecureRandom());
        var evidence = machine.attest().evidence(credential.blob().array(), STATEMENT.payload());
        return new MeasuredRelease("1.0", Map.of(4, Set.of(pcr(evidence, 4)), 9, Set.of(pcr(evidence, 9))));
    }

    private static Digest pcr(byte[] evidence, int number) {
        int at = evidence.length - (24 - number) * 32;
        return Digest.ofHash(Arrays.copyOfRange(evidence, at, at + 32));
    }

    private MeasuredMachine boot(String name, String parameter) throws Exception {
        var tpm = Files.createDirectories(folder.resolve("state"));
        return MeasuredMachine.boot(Files.createDirectory(folder.resolve(name)), tpm, parameter);
    }

    @Test
    @Tag("claim-K9")
    void machineWithAnotherCommandLine_isRefusedAtItsNextPeriod_untilItIsBootedAsBefore() throws Exception {
        assumeTrue(System.getProperty("mvm.attest") != null, "mvm-attest is not built: make -C native/attest serve");
        assumeTrue(Files.exists(Path.of("/usr/bin/swtpm")), "swtpm is not installed: apt-get install swtpm");
        var policy = new AttestationPolicy(AttestationLevel.TPM2);
        Digest endorsementKey;
        List<MeasuredRelease> releases;
        try (var machine = boot("1", "mvm.lockdown=1")) {
            endorsementKey = TpmIdentity.read(machine.attest().identity()).endorsementDigest();
            releases = List.of(measured(machine));
            assertThat(policy.refusal(period(machine, endorsementKey, releases)))
                    .isEmpty();
        }
        try (var machine = boot("2", "mvm.lockdown=0")) {
            var attestation = period(machine, endorsementKey, releases);
            assertThat(attestation).isEqualTo(new Attestation.Failed("the PCRs are those of no release of the list"));
            assertThat(policy.refusal(attestation)).contains("attestation_failed");
        }
        try (var machine = boot("3", "mvm.lockdown=1")) {
            assertThat(policy.refusal(period(machine, endorsementKey, releases)))
                    .isEmpty();
        }
    }
}
