package dev.mvm.protocol.trust.authoring;

import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.JsonShapes;
import java.util.List;
import java.util.Optional;

/// Traits of a node, which operators say of it beside its keys: the part of a node document that schema 1 does not
/// have.
///
/// @param labels by which grants may name it, at most [#MAX_LABELS], each once
/// @param domain what fails together with it, such as a rack; empty if that is not said
/// @param largest the most that the node may count for
/// @param maxTenants how many tenants' keys it may have at a time, 1 to [#MOST_TENANTS]
/// @param reboot what a boot asks for before it gets keys
/// @param ek digest of the public area of its TPM's endorsement key; empty for a node without a TPM
/// @param admitted boots that get keys by the operators' word, at most [#MAX_ADMITTED], each once
public record NodeTraits(
        List<NodeLabel> labels,
        Optional<NodeLabel> domain,
        Largest largest,
        int maxTenants,
        Reboot reboot,
        Optional<Digest> ek,
        List<BootId> admitted) {
    public static final int MAX_LABELS = 16;
    public static final int MAX_ADMITTED = 16;
    public static final int MOST_TENANTS = 4096;

    /// The size of a machine.
    ///
    /// @param vcpus processors, 1 to 65,536
    /// @param memMib memory in MiB, 64 to 67,108,864
    public record Largest(int vcpus, int memMib) {
        public static final int MOST_VCPUS = 65_536;
        public static final int LEAST_MEM_MIB = 64;
        public static final int MOST_MEM_MIB = 67_108_864;

        /// No limit: more than any machine has.
        public static final Largest UNLIMITED = new Largest(MOST_VCPUS, MOST_MEM_MIB);

        public Largest {
            if (vcpus < 1 || vcpus > MOST_VCPUS) {
                throw new IllegalArgumentException("vcpus is " + vcpus + " (want 1 to " + MOST_VCPUS + ")");
            }
            if (memMib < LEAST_MEM_MIB || memMib > MOST_MEM_MIB) {
                throw new IllegalArgumentException(
                        "mem_mib is " + memMib + " (want " + LEAST_MEM_MIB + " to " + MOST_MEM_MIB + ")");
            }
        }
    }

    /// The traits that a document of schema 1 says: no trait at all.
    public static final NodeTraits NOTHING_SAID = new NodeTraits(
            List.of(), Optional.empty(), Largest.UNLIMITED, MOST_TENANTS, Reboot.GO, Optional.empty(), List.of());

    public NodeTraits {
        labels = List.copyOf(labels);
        admitted = List.copyOf(admitted);
        JsonShapes.eachOnce(labels, NodeLabel::value, MAX_LABELS, "labels");
        JsonShapes.eachOnce(admitted, BootId::value, MAX_ADMITTED, "admitted boots");
        if (maxTenants < 1 || maxTenants > MOST_TENANTS) {
            throw new IllegalArgumentException("max_tenants is " + maxTenants + " (want 1 to " + MOST_TENANTS + ")");
        }
    }
}
