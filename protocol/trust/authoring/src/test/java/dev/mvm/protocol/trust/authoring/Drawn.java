package dev.mvm.protocol.trust.authoring;

import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.property.Draw;
import dev.mvm.protocol.trust.Ceremony;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/// Valid documents for the key service, drawn from a seed.
final class Drawn {
    private static final Ceremony.Key IDENTITY = Ceremony.Key.fresh();

    private final Draw draw;

    Drawn(Draw draw) {
        this.draw = draw;
    }

    Digest digest() {
        return Digest.of(draw.bytes(0, 8));
    }

    private Instant moment() {
        return Instant.ofEpochSecond(draw.between(0, 4_000_000_000L));
    }

    private String label() {
        return "l" + draw.text(0, 20, "abcxyz0189");
    }

    private <T> List<T> once(int most, Supplier<T> element) {
        return List.copyOf(new LinkedHashSet<>(draw.list(0, most, element)));
    }

    GrantRelease release() {
        boolean any = draw.flag();
        var nodes = once(5, () -> new NodeId(label()));
        var labels = once(5, () -> new NodeLabel(label()));
        boolean nobody = any || (nodes.isEmpty() && labels.isEmpty());
        return new GrantRelease(
                nobody ? List.of() : nodes,
                nobody ? List.of() : labels,
                nobody,
                draw.intBetween(1, GrantRelease.MOST_NODES),
                draw.of(List.of(Attestation.values())));
    }

    NodeTraits traits() {
        return new NodeTraits(
                once(NodeTraits.MAX_LABELS, () -> new NodeLabel(label())),
                draw.flag() ? Optional.of(new NodeLabel(label())) : Optional.empty(),
                new NodeTraits.Largest(
                        draw.intBetween(1, NodeTraits.Largest.MOST_VCPUS),
                        draw.intBetween(NodeTraits.Largest.LEAST_MEM_MIB, NodeTraits.Largest.MOST_MEM_MIB)),
                draw.intBetween(1, NodeTraits.MOST_TENANTS),
                draw.of(List.of(Reboot.values())),
                draw.flag() ? Optional.of(digest()) : Optional.empty(),
                once(
                        NodeTraits.MAX_ADMITTED,
                        () -> new BootId(
                                UUID.nameUUIDFromBytes(draw.bytes(0, 4)).toString())));
    }

    NodeDocument node() {
        var at = moment();
        return new NodeDocument(
                digest(),
                new NodeId(label()),
                draw.intBetween(1, Integer.MAX_VALUE),
                at,
                at.plusSeconds(draw.between(1, 1_000_000)),
                draw.flag() ? Optional.of(IDENTITY.verifyKey()) : Optional.empty(),
                draw.flag() ? traits() : NodeTraits.NOTHING_SAID);
    }

    Tombstone tombstone() {
        return new Tombstone(digest(), new TenantId(label()), draw.intBetween(1, Integer.MAX_VALUE), moment());
    }

    Measurements measurements() {
        var at = moment();
        int releases = draw.intBetween(0, 4);
        var all = new LinkedHashSet<MeasuredRelease>();
        for (int i = 0; i < releases; i++) {
            all.add(new MeasuredRelease("0.4." + i + "~rc" + draw.intBetween(0, 9), pcrs()));
        }
        return new Measurements(
                digest(),
                draw.intBetween(1, Integer.MAX_VALUE),
                at,
                at.plusSeconds(draw.between(1, 1_000_000)),
                List.copyOf(all));
    }

    private List<MeasuredRelease.Pcr> pcrs() {
        int first = draw.intBetween(0, MeasuredRelease.PCRS - 1);
        var all = new LinkedHashSet<MeasuredRelease.Pcr>();
        for (int pcr = first; pcr < MeasuredRelease.PCRS; pcr += draw.intBetween(1, 9)) {
            all.add(new MeasuredRelease.Pcr(pcr, List.copyOf(new LinkedHashSet<>(draw.list(1, 6, this::digest)))));
        }
        return List.copyOf(all);
    }
}
