package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.crypto.sign.KeyFile;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Several people, each with a key of their own, agree on trust roots and grants by handing files around.
final class CeremonyTest {

    @TempDir
    Path dir;

    /// @ in a line is the test's directory.
    private CommandRun mvm(String line) {
        return CommandRun.of(dir.resolve("none"), line.replace("@", dir + "/").split(" "));
    }

    private String done(String line) {
        var result = mvm(line);
        assertThat(result.err()).isEmpty();
        assertThat(result.status()).isZero();
        return result.out();
    }

    private void refused(int status, String line, String why) {
        var result = mvm(line);
        assertThat(result.status()).isEqualTo(status);
        assertThat(result.err()).contains(why);
        assertThat(result.err().lines().findFirst().orElse("")).startsWith("mvm: ");
    }

    @BeforeEach
    void threePeople_signTwoOfThree() throws Exception {
        for (var name : new String[] {"ann", "ben", "cleo", "dora", "online", "fresh"}) {
            KeyFile.create(dir.resolve(name + ".key"));
        }
        assertThat(done("trust new @root --add root=@ann.key.pub --add root=@ben.key.pub --add root=@cleo.key.pub"
                        + " --threshold root=2 --add grant=@ann.key.pub --add grant=@ben.key.pub --threshold grant=2"
                        + " --add state=@online.key.pub"))
                .contains("root: 2 of 3")
                .contains("grant: 2 of 2")
                .contains("state: 1 of 1");
        assertThat(done("trust sign @root --key @ann.key")).contains("! no key has the role keys");
        done("trust sign @root.dsse --key @ben.key");
    }

    @Test
    void documentsAboutKeysAndRoots_areThoseOfTheirFiles() throws Exception {
        var root = mvm("trust show @root.dsse --json --pin " + pin());
        GoldenJson.assertIs(CeremonyTest.class, "trust-show", root, dir);
        GoldenJson.assertIs(CeremonyTest.class, "signing-key-show", mvm("signing-key show @ann.key --json"), dir);
    }

    private VerifyKey key(String name) throws Exception {
        return VerifyKey.ofBase64(
                Files.readString(dir.resolve(name + ".key.pub")).strip());
    }

    private String pin() {
        return done("trust pin @root").strip();
    }

    private String grant() {
        done("grant init demo @grant --net 0 --pool web --revision " + RevisionFile.in(dir));
        done("grant sign @grant --key @ann.key");
        return done("grant sign @grant.dsse --key @ben.key");
    }

    @Test
    @Tag("claim-T7")
    void firstRoot_needsItsThreshold() {
        assertThat(done("trust pin @root.dsse").strip()).isEqualTo(pin());
        assertThat(done("trust show @root.dsse --pin " + pin())).contains("root     2 of 3");
        done("trust new @alone --add root=@ann.key.pub --add root=@ben.key.pub --threshold root=2"
                + " --add grant=@ann.key.pub --add state=@online.key.pub");
        done("trust sign @alone --key @ann.key");
        var other = done("trust pin @alone").strip();
        refused(1, "trust show @alone.dsse --pin " + other, "below_threshold: 1 of 2 keys of role root");
        done("trust sign @alone.dsse --key @ann.key");
        refused(1, "trust show @alone.dsse --pin " + other, "below_threshold");
        refused(1, "trust show @root.dsse --pin " + other, "not_the_pinned_root");
    }

    @Test
    @Tag("claim-T7")
    void rotation_isReviewed_signedByOldAndNew_andFollows() throws Exception {
        var ben = key("ben").id().brief();
        var review = done("trust rotate @root.dsse @next --remove root=" + ben + " --add root=@dora.key.pub");
        assertThat(review).contains("version 1 -> 2", "- root key ed25519:" + ben, "+ root key ed25519:");
        assertThat(done("trust diff @root.dsse @next")).contains("- root key ed25519:" + ben);
        done("trust sign @next --key @ann.key");
        refused(1, "trust show @root.dsse @next.dsse --pin " + pin(), "below_threshold");
        done("trust sign @next.dsse --key @dora.key");
        refused(1, "trust show @root.dsse @next.dsse --pin " + pin(), "below_threshold");
        done("trust sign @next.dsse --key @cleo.key");
        assertThat(done("trust show @root.dsse @next.dsse --pin " + pin())).contains("version  2");
        refused(1, "trust show @next.dsse @root.dsse --pin " + pin(), "not_the_pinned_root");
    }

    @Test
    @Tag("claim-T7")
    void grantOfARemovedKey_isBelievedByTheOldRootAlone() throws Exception {
        grant();
        done("grant verify @grant.dsse --root @root.dsse --pin " + pin());
        var ben = key("ben").id().brief();
        done("trust rotate @root.dsse @next --remove grant=" + ben + " --add grant=@fresh.key.pub");
        done("trust sign @next --key @ann.key");
        done("trust sign @next.dsse --key @cleo.key");
        refused(
                1,
                "grant verify @grant.dsse --root @root.dsse --pin " + pin() + " --then @next.dsse",
                "below_threshold: 1 of 2 keys of role grant");
        done("grant sign @grant.dsse --key @fresh.key");
        done("grant verify @grant.dsse --root @root.dsse --pin " + pin() + " --then @next.dsse");
    }

    @Test
    void addedKey_isOneMore() {
        assertThat(done("trust add @root.dsse @next state=@fresh.key.pub")).contains("+ state key");
        refused(2, "trust add @root.dsse @other state=@online.key.pub", "already has the role state");
        refused(2, "trust add @root.dsse @other states=@fresh.key.pub", "no such role: states");
        refused(2, "trust add @root.dsse @other @fresh.key.pub", "expected ROLE=FILE.pub");
        refused(1, "trust add @root.dsse @next state=@fresh.key.pub", "file exists, not overwritten");
        refused(2, "trust rotate @root.dsse @other --remove state=ffffffff", "no key ffffffff has the role state");
        refused(2, "trust rotate @root.dsse @other --threshold grant=3", "role grant: threshold 3 of 2 keys");
        refused(2, "trust rotate @root.dsse @other --days 0", "days out of range: 0, must be 1 to 3650");
    }

    @Test
    void keyService_getsRoleKeysAndLosesIt() throws Exception {
        assertThat(done("trust add @root.dsse @next keys=@fresh.key.pub"))
                .contains("+ keys key " + key("fresh").id());
        done("trust sign @next --key @ann.key");
        done("trust sign @next.dsse --key @ben.key");
        assertThat(done("trust show @root.dsse @next.dsse --pin " + pin()))
                .contains("keys     1 of 1: " + key("fresh").id().brief());
        assertThat(done("trust show @root.dsse @next.dsse --json --pin " + pin()))
                .contains("\"keys\"");
        assertThat(done("trust rotate @next.dsse @same")).contains("the same keys and thresholds");
        assertThat(done("trust rotate @next.dsse @less --remove keys="
                        + key("fresh").id().brief()))
                .contains("- keys key " + key("fresh").id() + ": blobs that need its signature are void");
        assertThat(done("trust rotate @next.dsse @stolen --compromised "
                        + key("fresh").id().brief()))
                .contains("- keys key", "! compromised");
        refused(
                2,
                "trust rotate @next.dsse @two --add keys=@dora.key.pub --threshold keys=2",
                "role keys: 2 keys would have to sign each blob, and a key service signs with one");
        assertThat(done("trust rotate @next.dsse @both --add keys=@online.key.pub"))
                .contains("HAS TWO ROLES: state and keys");
    }

    @Test
    void firstRoot_hasRoleKeys_andOneWithoutIsRemarkedOn() throws Exception {
        done("trust init --dir @fleet --keys-key @fresh.key.pub");
        assertThat(done("trust show @fleet/root.dsse --pin "
                        + Files.readString(dir.resolve("fleet/root.pin")).strip()))
                .contains("keys     1 of 1: " + key("fresh").id().brief());
        done("trust init --dir @plain");
        assertThat(done("trust show @plain/root.dsse --pin "
                        + Files.readString(dir.resolve("plain/root.pin")).strip()))
                .contains("keys     1 of 1: ");
        assertThat(dir.resolve("plain/keys.key")).exists();
        assertThat(dir.resolve("fleet/keys.key")).doesNotExist();
        refused(1, "trust init --dir @none-made --keys-key @absent.pub", "no such file");
        assertThat(dir.resolve("none-made")).doesNotExist();
        assertThat(done("trust new @all --add root=@ann.key.pub --add grant=@ben.key.pub --add state=@online.key.pub"
                        + " --add keys=@fresh.key.pub"))
                .contains("keys: 1 of 1")
                .doesNotContain("!");
        assertThat(done("trust new @few --add root=@ann.key.pub --add grant=@ben.key.pub --add state=@online.key.pub"))
                .contains("! no key has the role keys: no node takes a tenant key\n");
    }

    @Test
    void loweredThreshold_isShouted() {
        assertThat(done("trust rotate @root.dsse @next --threshold root=1")).contains("root: 2 -> 1", "FEWER");
        assertThat(done("trust rotate @root.dsse @later --days 700")).contains("the same keys and thresholds");
    }

    /// Nodes follow a root that is signed, and there is no way back.
    @Test
    void rootThatWouldStopTheFleet_isNotSigned() throws Exception {
        var now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        refused(1, "trust sign @later --key @ann.key", draft("later", now.plusSeconds(3600), 7200, 1));
        refused(1, "trust sign @older --key @ann.key", draft("older", now.minusSeconds(3600), 1800, 1));
        refused(1, "trust sign @both --key @ann.key", draft("both", now, 1800, 2));
        assertThat(dir).isDirectoryNotContaining("regex:.*/(later|older|both)\\.dsse");
    }

    /// Returns the reason why nobody may sign the root that it has written.
    private String draft(String name, Instant issuedAt, int seconds, int threshold) throws Exception {
        var before = Payloads.root(Envelope.parse(Files.readAllBytes(dir.resolve("root.dsse")), DocumentType.ROOT));
        var roles = new HashMap<>(before.roles());
        var state = new ArrayList<>(before.keys(Role.STATE).keys());
        state.add(VerifyKey.ofBase64(
                Files.readString(dir.resolve("fresh.key.pub")).strip()));
        roles.put(Role.STATE, new TrustRoot.Keys(threshold, state));
        var root = Ceremony.root(2, issuedAt, issuedAt.plusSeconds(seconds), roles);
        Files.write(dir.resolve(name), Payloads.of(root));
        return threshold > 1 ? "below_threshold" : issuedAt.isAfter(Instant.now()) ? "not_yet_valid" : "root_expired";
    }

    @Test
    void keyWithTwoRoles_isShouted_toEverySigner() {
        var twice = "HAS TWO ROLES: root and grant";
        assertThat(done("trust new @all --add root=@dora.key.pub --add grant=@dora.key.pub --add state=@dora.key.pub"))
                .contains(twice)
                .contains("HAS TWO ROLES: root and state");
        assertThat(done("trust sign @all --key @dora.key")).contains(twice);
        assertThat(done("trust rotate @root.dsse @next --add state=@ann.key.pub"))
                .contains("HAS TWO ROLES: root and state")
                .doesNotContain(twice);
        assertThat(done("trust diff @root.dsse @next")).contains("HAS TWO ROLES: root and state");
    }

    @Test
    void changedGrant_readsAsAReview() {
        grant();
        var review = done("grant edit @grant.dsse @two --set quotas.max_vcpus=20 --set pools.web.count.max=7"
                + " --set pools.web.ceiling.mem_mib=256 --days 30");
        assertThat(review)
                .contains("grant of demo, version 1 -> 2")
                .contains("- valid until")
                .contains("+ quota max_vcpus 10 -> 20")
                .contains("+ pool web: MiB each 128 -> 256")
                .contains("- pool web: at most 10 -> 7")
                .contains("not signed yet");
        assertThat(done("grant diff @grant @two")).contains("+ quota max_vcpus 10 -> 20");
        refused(2, "grant edit @grant @no --set quotas.vcpus=1", "a grant has no quotas.vcpus");
        refused(2, "grant edit @grant @no --set quotas.max_vcpus=many", "is a number");
        refused(2, "grant edit @grant @no --set quotas=1", "is not a single value");
        refused(2, "grant edit @grant @no --set pools.web.count.max=100000", "malformed");
        assertThat(dir.resolve("no")).doesNotExist();
    }

    /// A grant that a person edited by hand is checked like any other.
    @Test
    void revisionFlagAndPool_areToldInADiff() throws Exception {
        grant();
        var text = Files.readString(dir.resolve("grant"));
        var revision = RevisionFile.DOCUMENT.digest();
        var other = "1".repeat(64);
        Files.writeString(
                dir.resolve("two"),
                text.replace(revision.hex(), other)
                        .replaceFirst("\"flags\" : \\[[^]]*]", "\"flags\" : [ \"exec\" ]")
                        .replace("\"subnet\" : \"10.240.0.0/24\"", "\"subnet\" : \"10.240.1.0/24\""));
        assertThat(done("grant diff @grant @two"))
                .contains("+ pool web: may boot revision " + other.substring(0, 12))
                .contains("- pool web: may not boot revision " + revision.hex().substring(0, 12))
                .contains("+ pool web: flag exec: operators may run programs in its guests")
                .contains("! ANOTHER NETWORK")
                .contains("! NOT NEWER");
        Files.writeString(dir.resolve("three"), text.replace("\"pool\" : \"web\"", "\"pool\" : \"db\""));
        assertThat(done("grant diff @grant @three"))
                .contains("+ pool db: 0 to 10 of at most 1 vCPU, 128 MiB")
                .contains("- pool web: its instances can no longer start");
    }

    @Test
    void documentOfAnotherKind_isNotSigned() {
        grant();
        refused(1, "trust sign @grant --key @ann.key", "malformed");
        refused(1, "grant sign @root.dsse --key @ann.key", "wrong_type");
        refused(1, "trust sign @nothing --key @ann.key", "no such file");
    }

    @Test
    @Tag("claim-T1")
    void signaturesOfTwoPeople_areInOneFile() throws Exception {
        grant();
        var envelope = Envelope.parse(Files.readAllBytes(dir.resolve("grant.dsse")), DocumentType.GRANT);
        assertThat(envelope.signatures()).hasSize(2);
        assertThat(Payloads.grant(envelope).grant().tenant().value()).isEqualTo("demo");
        assertThat(done("grant verify @grant.dsse --root @root.dsse --pin " + pin()))
                .contains("demo, version 1");
    }
}
