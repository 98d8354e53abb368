package dev.mvm.cli.signing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.authoring.Attestation;
import dev.mvm.protocol.trust.authoring.BootId;
import dev.mvm.protocol.trust.authoring.GrantRelease;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.NodeLabel;
import dev.mvm.protocol.trust.authoring.NodeTraits;
import dev.mvm.protocol.trust.authoring.Reboot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// A signer reads the review and not the JSON: no difference may be missing from it.
final class ReviewTest {
    private static final Digest SOME = Digest.of(new byte[] {1});

    private static List<Optional<GrantRelease>> releases() {
        var out = new ArrayList<Optional<GrantRelease>>();
        out.add(Optional.empty());
        for (var attestation : Attestation.values()) {
            for (int most = 1; most < 3; most++) {
                out.add(Optional.of(new GrantRelease(List.of(), List.of(), true, most, attestation)));
                for (var nodes : List.of(List.of("n-1"), List.of("n-1", "n-2"), List.<String>of())) {
                    for (var labels : List.of(List.of("gpu"), List.of("n-1", "gpu"))) {
                        out.add(Optional.of(new GrantRelease(
                                nodes.stream().map(NodeId::new).toList(),
                                labels.stream().map(NodeLabel::new).toList(),
                                false,
                                most,
                                attestation)));
                    }
                }
            }
        }
        return out;
    }

    @Test
    void everyDifferenceOfReleases_isALine_andNothingElseIs() {
        for (var before : releases()) {
            for (var after : releases()) {
                var lines = ReleaseReview.lines(before, after);
                assertThat(lines.isEmpty()).as(before + " " + after).isEqualTo(before.equals(after));
                assertThat(lines).allMatch(line -> line.matches("[-+!] keys: .*"));
            }
        }
    }

    /// A change that lets keys go further than before is never told as if it were less.
    @Test
    void releaseToMoreNodes_isMarkedAsMore() {
        for (var before : releases()) {
            for (var after : releases()) {
                boolean more = after.isPresent()
                        && (before.isEmpty()
                                || (after.get().any() && !before.get().any())
                                || after.get().maxNodes() > before.get().maxNodes()
                                || after.get()
                                                .attestation()
                                                .compareTo(before.get().attestation())
                                        < 0
                                || (!before.get().any()
                                        && (!before.get()
                                                        .nodes()
                                                        .containsAll(after.get().nodes())
                                                || !before.get()
                                                        .labels()
                                                        .containsAll(after.get().labels()))));
                if (more) {
                    assertThat(ReleaseReview.lines(before, after))
                            .as(before + " " + after)
                            .anyMatch(line -> line.startsWith("+") || line.startsWith("!"));
                }
            }
        }
    }

    private static List<NodeTraits> traits() {
        var plain = NodeTraits.NOTHING_SAID;
        var out = new ArrayList<NodeTraits>();
        out.add(plain);
        for (var labels :
                List.of(List.of(new NodeLabel("gpu")), List.of(new NodeLabel("gpu"), new NodeLabel("west")))) {
            for (var ek : List.of(Optional.<Digest>empty(), Optional.of(SOME))) {
                out.add(new NodeTraits(labels, plain.domain(), plain.largest(), 4096, Reboot.GO, ek, List.of()));
                out.add(new NodeTraits(
                        labels,
                        Optional.of(new NodeLabel("rack-1")),
                        new NodeTraits.Largest(4, 64),
                        20,
                        Reboot.HOLD,
                        ek,
                        List.of(new BootId("8c1f0a52-2b9e-4a64-9a0f-3f6b2d1c7e10"))));
                out.add(new NodeTraits(
                        labels, plain.domain(), new NodeTraits.Largest(4, 128), 21, Reboot.GO, ek, List.of()));
            }
        }
        return out;
    }

    private static NodeDocument node(int version, NodeTraits traits) {
        return new NodeDocument(
                SOME,
                new NodeId("n-1"),
                version,
                Instant.EPOCH,
                Instant.EPOCH.plusSeconds(1),
                Optional.empty(),
                traits);
    }

    @Test
    void everyDifferenceOfNodeDocuments_isALine_andNothingElseIs() {
        for (var before : traits()) {
            for (var after : traits()) {
                var lines = NodeReview.lines(node(1, before), node(2, after));
                assertThat(lines.isEmpty()).as(before + " " + after).isEqualTo(before.equals(after));
                assertThat(lines).allMatch(line -> line.matches("[-+!] .*"));
            }
        }
    }
}
