package dev.mvm.protocol.hostd;

import dev.mvm.model.Digest;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The node's state, as hostd knows it.
///
/// @param change grows with every change of anything below
/// @param mode `dev` or `hardened`
/// @param vmm the VMM and its version
/// @param accelerator of guests: `kvm` or `tcg`
/// @param root version of the trust root in force
/// @param log size of the log of states at the last head that was kept, 0 before the first
/// @param sequence of the installed state, 0 without one
/// @param expires of the installed state, seconds since 1970, 0 without one
/// @param keyPeriod period of the key blob that hostd holds, 0 without one
/// @param limits of this node in its mode, each in plain words
/// @param networks the net ids whose network is as the installed state requires
/// @param instances by address
/// @param refusals counts of hostd's refusals since its start, in the order of their reasons; at most 128
/// @param security findings of hostd about itself and its host, at most 64
public record Observation(
        long change,
        String mode,
        String vmm,
        String accelerator,
        int root,
        long log,
        long sequence,
        long expires,
        int keyPeriod,
        List<String> limits,
        List<NetId> networks,
        List<Instance> instances,
        Map<String, Long> refusals,
        List<Finding> security) {

    /// Most instances that a node has.
    public static final int MAX_INSTANCES = 4096;

    /// One promise of a hardened node, and whether the node keeps it.
    ///
    /// @param name the same in every version
    /// @param holds whether the promise is kept
    /// @param found the facts, in plain words
    public record Finding(String name, boolean holds, String found) {}

    /// One instance that is not destroyed.
    ///
    /// @param attached whether its drives are held open for a boot
    /// @param connected whether the guest agent is connected
    /// @param ready whether the guest reports itself ready
    /// @param behind whether its snapshot or volume may lie under an older key than the one in force
    /// @param started time of the last boot, seconds since 1970, 0 if never
    /// @param reason for the state, if the state is unusual
    /// @param sleep figures of its last sleep, present once it has slept
    public record Instance(
            InstanceAddress address,
            Slot slot,
            InstanceState state,
            Digest revision,
            Resources resources,
            boolean attached,
            boolean connected,
            boolean ready,
            boolean behind,
            Hook hook,
            long started,
            Optional<Label> reason,
            Usage usage,
            Optional<Sleep> sleep) {}

    /// Use of the node by an instance. The counters grow without an end: usage since the VMM's start, and requests
    /// for the instance's address.
    ///
    /// @param cpuMillis milliseconds of processor, of its VMM and its guest
    /// @param netBytes bytes that went through its tap, both ways
    /// @param asked ARP requests for its address on its network, since hostd's start
    public record Usage(long cpuMillis, long netBytes, long asked) {
        /// Usage of an instance that uses nothing.
        public static final Usage NONE = new Usage(0, 0, 0);
    }

    /// Figures of an instance's last sleep.
    ///
    /// @param epoch of its snapshot; a snapshot of an earlier one is never woken
    /// @param memoryBytes the guest's memory
    /// @param sealedBytes size of the snapshot on the node's disk
    /// @param sealMillis from the request until the snapshot was complete
    /// @param openMillis from the request until the guest ran again, 0 if it has never been woken
    /// @param at time when the snapshot was complete, seconds since 1970
    public record Sleep(long epoch, long memoryBytes, long sealedBytes, long sealMillis, long openMillis, long at) {}

    /// The last report of a worker in the guest about itself.
    public enum Hook {
        NONE,
        READY,
        IDLE,
        BUSY
    }

    public Observation {
        limits = List.copyOf(limits);
        networks = List.copyOf(networks);
        instances = List.copyOf(instances);
        refusals = Collections.unmodifiableMap(new TreeMap<>(refusals));
        security = List.copyOf(security);
    }
}
