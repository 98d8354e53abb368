package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.cli.signing.ReleaseExplanation;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.authoring.Attestation;
import dev.mvm.protocol.trust.authoring.GrantRelease;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.NodeTraits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Documents that `mvm` writes for the key service: releases of grants, node documents of schema 2, tombstones,
/// measurements.
final class KeyServiceCommandTest extends CommandTest {
    private static final String SOME = "sha256:" + "0".repeat(64);
    private static final String OTHER = "sha256:" + "1".repeat(64);
    private static final String BOOT = "8c1f0a52-2b9e-4a64-9a0f-3f6b2d1c7e10";

    /// Runs a line in which `@` stands before names of files.
    private CommandRun run(String line) {
        return mvm(line.replace("@", dir + "/").split(" "));
    }

    private String done(String line) {
        var run = run(line);
        assertThat(run.status()).as(run.err()).isZero();
        return run.out();
    }

    private void refused(int status, String line, String reason) {
        var run = run(line);
        assertThat(run.status()).isEqualTo(status);
        assertThat(run.err()).contains(reason);
    }

    private CommandRun grant(String file, String more) {
        return run("grant init demo @" + file + " --net 0 --pool web --revision " + revision() + more);
    }

    private String written(String file) throws Exception {
        return Files.readString(dir.resolve(file));
    }

    @Test
    void release_isWrittenIfAnOptionSaysWhereKeysGo_andElseTheGrantIsAsBefore() throws Exception {
        assertThat(grant("plain", "").status()).isZero();
        assertThat(written("plain")).doesNotContain("release");
        assertThat(grant("named", " --keys-to-node n-1 --keys-to-node n-2").status())
                .isZero();
        assertThat(written("named")).contains("\"max_nodes\" : 2,", "\"any\" : 0", "\"attestation\" : \"software\"");
        assertThat(grant("any", " --keys-to-any --keys-max-nodes 7 --attestation tpm2")
                        .status())
                .isZero();
        assertThat(written("any")).contains("\"any\" : 1", "\"max_nodes\" : 7,", "\"tpm2\"");
        assertThat(grant("bad", " --keys-to-label gpu").err()).contains("say how many nodes may have the keys");
        assertThat(grant("bad", " --keys-max-nodes 3").err()).contains("a release names nodes, labels or any");
        assertThat(grant("bad", " --keys-to-any --keys-to-node n-1 --keys-max-nodes 3")
                        .err())
                .contains("names neither nodes nor labels");
        assertThat(grant("bad", " --keys-to-node n-1 --attestation tpm").err()).contains("no such attestation");
        assertThat(dir.resolve("bad")).doesNotExist();
    }

    /// There is no default: who is to have a tenant's keys is for operators to say.
    @Test
    void keysThatGoToNoNode_areRemarkedOnWhereverTheGrantIsSeen() throws Exception {
        var pin = trust();
        var remark = "! keys: GO TO NO NODE";
        assertThat(grant("1", " --sealed-key sleep:snapshot").out()).contains(remark);
        assertThat(done("grant sign @1 --key @trust/grant.key")).contains(remark);
        assertThat(done("grant verify @1.dsse --root @trust/root.dsse --pin " + pin))
                .contains(remark);
        assertThat(done("grant edit @1 @2 --set quotas.max_warm=3")).contains(remark);
        assertThat(done("grant edit @1 @3 --set release.nodes=n-1")).doesNotContain(remark);
        assertThat(done("grant diff @3 @1")).contains("- keys: go to no node any longer\n", remark);
        assertThat(grant("4", " --sealed-key sleep:snapshot --keys-to-node n-1").out())
                .doesNotContain(remark);
        assertThat(grant("5", "").out()).doesNotContain(remark);
    }

    @Test
    void releaseOfAGrant_isEditedAndReviewedInWords() throws Exception {
        assertThat(grant("1", "").status()).isZero();
        assertThat(done("grant edit @1 @2 --set release.nodes=n-1,n-2"))
                .contains("+ keys: may go to n-1, n-2; at most 2 at a time; attestation software\n");
        assertThat(done("grant edit @2 @3 --set release.nodes=n-2,n-3 --set release.labels=gpu"
                        + " --set release.max_nodes=5 --set release.attestation=tpm2"))
                .contains("+ keys: may go to node n-3\n", "- keys: no longer to node n-1\n")
                .contains("+ keys: may go to nodes with label gpu\n")
                .contains("+ keys: nodes that have them at a time 2 -> 5\n")
                .contains("- keys: attestation software -> tpm2\n");
        assertThat(done("grant edit @3 @4 --set release.nodes= --set release.labels= --set release.any=1"
                        + " --set release.attestation=none"))
                .contains("! keys: MAY GO TO ANY NODE OF THE FLEET\n", "! keys: WEAKER ATTESTATION tpm2 -> none\n");
        assertThat(done("grant diff @4 @3"))
                .contains("- keys: no longer to any node of the fleet, but to n-2, n-3, label gpu\n");
        assertThat(done("grant edit @4 @5 --set release=none")).contains("- keys: go to no node any longer\n");
        assertThat(written("5")).contains("\"schema\" : 3,");
        assertThat(done("grant diff @5 @4")).contains("! keys: may go to ANY NODE OF THE FLEET; at most 5 at a time");
        assertThat(done("grant diff @3 @3")).doesNotContain("keys");
        refused(2, "grant edit @1 @6 --set release.labels=gpu", "say how many nodes");
        refused(2, "grant edit @1 @6 --set release.nodes=n-1,n-1", "each named once");
        refused(2, "grant edit @1 @6 --set release.nobody=1", "a grant has no release.nobody");
        refused(2, "grant edit @1 @6 --set release=all", "a grant has no release");
        assertThat(dir.resolve("6")).doesNotExist();
    }

    private String trust() throws Exception {
        done("trust init --dir @trust");
        return Files.readString(dir.resolve("trust/root.pin")).strip();
    }

    @Test
    void releaseOfASignedGrant_isShown() throws Exception {
        var pin = trust();
        assertThat(grant("demo", " --keys-to-node n-1").status()).isZero();
        done("grant sign @demo --key @trust/grant.key");
        assertThat(done("grant verify @demo.dsse --root @trust/root.dsse --pin " + pin))
                .contains("keys to  n-1; at most 1 at a time; attestation software\n");
    }

    @Test
    void nodesThatMayHaveTheKeys_areExplained() throws Exception {
        keys();
        assertThat(grant("demo", " --keys-to-node n-1 --keys-to-label gpu --keys-max-nodes 1")
                        .status())
                .isZero();
        var init = " --node-key @identity.key.pub --pin " + SOME;
        done("node init n-1 @1" + init);
        done("node init n-2 @2 --label gpu --label west" + init);
        done("node init n-3 @3 --label west" + init);
        done("node init n-4 @4" + init);
        done("node init n-5 @5-before --label gpu" + init);
        done("node revoke @5-before @5");
        assertThat(done("grant explain @demo @1 @2 @3 @4 @5")).isEqualTo("""
                n-1  yes  by its name
                n-2  yes  by label gpu
                n-3  no   the grant names neither it nor one of its labels (west)
                n-4  no   the grant names neither it nor one of its labels (it has none)
                n-5  no   its document has no key
                ! at most 1 of them at a time
                """);
        done("grant edit @demo @tpm --set release.attestation=tpm2 --set release.max_nodes=2");
        assertThat(done("grant explain @tpm @1 @2"))
                .contains("n-1  no  the grant asks for tpm2, and its document has no ek\n")
                .doesNotContain("at a time");
        done("grant edit @demo @any --set release.nodes= --set release.labels= --set release.any=1");
        assertThat(done("grant explain @any @4")).isEqualTo("n-4  yes  any node\n");
        done("grant edit @any @nobody --set release=none");
        assertThat(done("grant explain @nobody @1")).isEqualTo("n-1  no  the grant lets keys go to no node\n");
        GoldenJson.assertIs(KeyServiceCommandTest.class, "grant-explain", run("grant explain @demo @1 @3 --json"), dir);
        refused(1, "grant explain @1 @1", "malformed");
    }

    @Test
    void expiredNode_getsNothing() {
        var before = new NodeDocument(
                new Digest(SOME),
                new NodeId("n-1"),
                1,
                Instant.EPOCH,
                Instant.EPOCH.plusSeconds(60),
                Optional.of(IDENTITY),
                NodeTraits.NOTHING_SAID);
        var any = Optional.of(new GrantRelease(List.of(), List.of(), true, 1, Attestation.NONE));
        assertThat(ReleaseExplanation.of(any, before, Instant.EPOCH.plusSeconds(59))
                        .may())
                .isTrue();
        assertThat(ReleaseExplanation.of(any, before, before.expires()).why())
                .isEqualTo("its document expired at 1970-01-01T00:01:00Z");
    }

    /// A public key of RFC 8032 section 7.1.
    private static final VerifyKey IDENTITY =
            new VerifyKey(HexFormat.of().parseHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"));

    private void keys() throws Exception {
        done("signing-key new @identity.key --plain");
        done("signing-key new @other.key --plain");
    }

    @Test
    void nodeDocument_saysWhatTheNodeIs_andIsChangedAndAdmitsBoots() throws Exception {
        keys();
        assertThat(done("node init n-1 @1 --node-key @identity.key.pub --pin " + SOME + " --label gpu --label west"
                        + " --domain rack-1 --largest-vcpus 64 --largest-mem 262144 --max-tenants 20 --reboot hold --ek "
                        + OTHER))
                .contains("version 1: key ed25519:");
        assertThat(written("1")).contains("\"schema\" : 2,", "\"reboot\" : \"hold\"", OTHER, "\"vcpus\" : 64");
        assertThat(done("node edit @1 @2 --set labels=gpu,east --set max_tenants=30 --set reboot=go --set ek="))
                .contains("+ label east: grants that name it let keys go here\n", "- label west\n")
                .contains("+ tenants with keys at a time 20 -> 30\n", "+ a reboot waits for no word of operators\n")
                .contains("! TPM " + OTHER + " -> none\n", "version 2: key ed25519:");
        assertThat(done("node admit @2 @3 " + BOOT)).contains("+ boot " + BOOT + " is admitted\n");
        assertThat(done("node rotate @3 @4 --node-key @other.key.pub"))
                .contains("! node key ed25519:")
                .contains("version 4: key ed25519:");
        assertThat(done("node revoke @4 @5")).contains("! node key ed25519:").contains("NO KEY");
        assertThat(written("5")).contains("\"gpu\"", BOOT);
        assertThat(done("node diff @5 @1"))
                .contains("! NOT NEWER: version 5 -> 1 is refused\n", "- a reboot waits for mvm node admit\n");
    }

    @Test
    void whatIsNoNodeDocument_isNotWritten() throws Exception {
        keys();
        var init = "node init n-1 @bad --node-key @identity.key.pub --pin " + SOME;
        refused(2, "node init n-1 @bad --pin " + SOME, "--node-key");
        refused(2, init + " --identity @identity.key.pub", "--identity");
        refused(2, init + " --label a --label a", "each named once");
        refused(2, init + " --label UP", "not a label of nodes");
        refused(2, init + " --reboot wait", "want go or hold");
        refused(2, init + " --max-tenants 0", "max_tenants is 0");
        refused(2, init + " --ek x", "not a digest");
        refused(2, init + " --ek " + SOME + " --tpm @tpm", "either --ek or --tpm");
        refused(1, "node init n-1 @bad --node-key @identity.key --pin " + SOME, "no node key in");
        assertThat(dir.resolve("bad")).doesNotExist();
        done(init.replace("@bad", "@1"));
        refused(2, "node edit @1 @bad --set node=n-2", "cannot set node (can be set: admitted, domain, ek");
        refused(2, "node edit @1 @bad --set largest.vcpus=many", "is a number");
        refused(2, "node admit @1 @bad 1", "not a boot id");
        assertThat(dir.resolve("bad")).doesNotExist();
    }

    @Test
    void seventeenthBoot_takesThePlaceOfTheFirst() throws Exception {
        keys();
        done("node init n-1 @0 --node-key @identity.key.pub --pin " + SOME);
        var boots = new StringBuilder();
        for (int i = 10; i < 27; i++) {
            boots.append(' ').append("0".repeat(6)).append(i).append("-0000-0000-0000-000000000000");
        }
        done("node admit @0 @1" + boots);
        assertThat(written("1")).contains("00000026-").doesNotContain("00000010-");
    }

    @Test
    void tombstone_followsTheNewestGrant_andSaysWhatItDoes() throws Exception {
        trust();
        assertThat(grant("demo", " --grant-version 6").status()).isZero();
        assertThat(done("tombstone init demo @end --grant @demo --pin " + SOME))
                .endsWith("end  END OF TENANT demo, version 7, not signed yet\n");
        assertThat(done("tombstone sign @end --key @trust/grant.key"))
                .contains("! published, it ends tenant demo for good");
        assertThat(requests).isEmpty();
        answer("POST /v1/tombstones", "{\"tenant\":\"demo\",\"version\":7}");
        assertThat(done("tombstone publish @end.dsse")).isEqualTo("demo  ended by version 7\n");
        refused(1, "tombstone init other @bad --grant @demo --pin " + SOME, "the grant is of tenant demo, not other");
        refused(2, "tombstone init demo @bad --pin " + SOME, "either --grant or --tombstone-version");
        refused(2, "tombstone init demo @bad --tombstone-version 0 --pin " + SOME, "want 1 or more");
        assertThat(dir.resolve("bad")).doesNotExist();
        answer("GET /v1/tombstones", "{\"tombstones\":[{\"tenant\":\"demo\",\"version\":7,\"issued_at\":\"then\"}]}");
        assertThat(done("tombstone list")).isEqualTo("demo  7  then\n");
    }

    @Test
    void measurements_growAndShrink_byReleases() throws Exception {
        trust();
        assertThat(done("measurements init 0.4.0 @1 --pcr 7=" + SOME + " --pcr 7=" + OTHER + " --pcr 11=" + SOME
                        + " --pin " + SOME))
                .endsWith("1  version 1: 0.4.0, not signed yet\n");
        assertThat(written("1")).contains("\"pcr\" : 7", "\"pcr\" : 11", OTHER);
        assertThat(done("measurements add @1 0.4.1 @2 --pcr 7=" + OTHER)).contains("version 2: 0.4.0, 0.4.1,");
        assertThat(done("measurements sign @2 --key @trust/grant.key")).contains("signed by");
        assertThat(done("measurements drop @2.dsse 0.4.0 @3")).contains("version 3: 0.4.1,");
        assertThat(done("measurements drop @3 0.4.1 @4")).contains("version 4: NO RELEASE,");
        refused(2, "measurements drop @4 0.4.1 @bad", "the list has no release 0.4.1");
        refused(2, "measurements add @1 0.4.0 @bad --pcr 7=" + SOME, "each named once");
        refused(2, "measurements add @1 0.4.2 @bad --pcr 24=" + SOME, "pcr is 24");
        refused(2, "measurements add @1 0.4.2 @bad --pcr " + SOME, "expected N=DIGEST");
        refused(2, "measurements add @1 0.4.2 @bad", "give either --pcr, or --from");
        assertThat(dir.resolve("bad")).doesNotExist();
        answer("POST /v1/measurements", "{\"version\":2,\"expires\":\"then\",\"releases\":[{\"name\":\"0.4.0\"}]}");
        assertThat(done("measurements publish @2.dsse")).isEqualTo("version 2  until then: 0.4.0\n");
    }

    @Test
    void whatATpmHasSaid_isTaken() throws Exception {
        keys();
        Files.writeString(
                dir.resolve("tpm"),
                "{\"ek\":\"" + OTHER + "\",\"pcrs\":[{\"pcr\":0,\"sha256\":[\"" + SOME
                        + "\"]},{\"pcr\":7,\"sha256\":[\"" + OTHER + "\"]}]}");
        done("node init n-1 @node --node-key @identity.key.pub --tpm @tpm --pin " + SOME);
        assertThat(written("node")).contains("\"ek\" : \"" + OTHER + "\"");
        done("measurements init 0.4.0 @all --from @tpm --pin " + SOME);
        assertThat(written("all")).contains("\"pcr\" : 0", "\"pcr\" : 7");
        done("measurements init 0.4.0 @one --from @tpm --only 7 --pin " + SOME);
        assertThat(written("one")).doesNotContain("\"pcr\" : 0").contains("\"pcr\" : 7");
        refused(2, "measurements init 0.4.0 @bad --from @tpm --only 7,9 --pin " + SOME, "no register 9");
        Files.writeString(dir.resolve("tpm"), "{\"ek\":\"" + OTHER + "\"}");
        refused(1, "measurements init 0.4.0 @bad --from @tpm --pin " + SOME, "not what mvm-attest identity prints");
        assertThat(dir.resolve("bad")).doesNotExist();
    }

    @Test
    void newestMeasurements_areSavedAsTheyWereSigned() throws Exception {
        trust();
        done("measurements init 0.4.0 @1 --pcr 7=" + SOME + " --pin " + SOME);
        done("measurements sign @1 --key @trust/grant.key");
        var envelope = java.util.Base64.getEncoder().encodeToString(Files.readAllBytes(dir.resolve("1.dsse")));
        answer(
                "GET /v1/measurements",
                "{\"measurements\":[{\"version\":1,\"expires\":\"then\",\"releases\":[{\"name\":\"0.4.0\"}],\"envelope\":\""
                        + envelope + "\"}]}");
        assertThat(done("measurements list --out @saved.dsse")).isEqualTo("1  then  0.4.0\n");
        assertThat(Files.readAllBytes(dir.resolve("saved.dsse")))
                .isEqualTo(Files.readAllBytes(Path.of(dir + "/1.dsse")));
    }
}
