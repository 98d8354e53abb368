package dev.mvm.protocol.snapshot;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.model.Digest;
import java.util.Locale;
import java.util.Optional;

/// The two streams of a snapshot.
enum Part {
    MEMORY,
    VMSTATE;

    private static final String VERSION = "mvm snapshot v1";

    /// The context that this part is sealed with: lines, each ended by a line feed, none of which can hold one.
    byte[] context(Place place, Machine machine, Optional<Digest> base) {
        var lines = String.join(
                "\n",
                VERSION,
                name().toLowerCase(Locale.ROOT),
                place.tenant().toString(),
                place.pool().toString(),
                place.instance().toString(),
                Long.toString(place.epoch()),
                machine.vmm(),
                machine.vmmVersion(),
                machine.format(),
                machine.cpu(),
                machine.kernel(),
                Integer.toString(machine.vcpus()),
                Long.toString(machine.memoryBytes()),
                Integer.toString(Machine.PAGE),
                Manifest.base(base),
                "");
        return lines.getBytes(US_ASCII);
    }
}
