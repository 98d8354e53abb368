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

/// What hostd has, as it knows it.
///
/// @param change grows with every change of anything below
/// @param mode `dev` or `hardened`
/// @param vmm the VMM and its version
/// @param accelerator what guests run with: `kvm` or `tcg`
/// @param root version of the trust root in force
/// @param log size of the log of states whose head was kept last, 0 before the first
/// @param sequence of the installed state, 0 without one
/// @param expires of the installed state, seconds since 1970, 0 without one
/// @param limits what this node cannot do in its mode, each in plain words
/// @param networks the net ids whose network is as the installed state says
/// @param instances by address
/// @param refusals how often hostd has refused since it started, by reason and in their order; at most [#MAX_REFUSALS]
/// @param security what hostd has found when it looked at itself and its host, at most [#MAX_FINDINGS]
public record Observation(
        long change,
        String mode,
        String vmm,
        String accelerator,
        int root,
        long log,
        long sequence,
        long expires,
        List<String> limits,
        List<NetId> networks,
        List<Instance> instances,
        Map<String, Long> refusals,
        List<Finding> security) {
    public static final int MAX_REFUSALS = 128;
    public static final int MAX_NETWORKS = 4096;
    public static final int MAX_LIMITS = 32;
    public static final int MAX_FINDINGS = 64;

    /// Most instances that a node has.
    public static final int MAX_INSTANCES = 4096;

    /// One thing that a hardened node promises.
    ///
    /// @param name the same in every version
    /// @param holds whether it is as promised
    /// @param found how it is, in plain words
    public record Finding(String name, boolean holds, String found) {}

    /// One instance that is not destroyed.
    ///
    /// @param attached whether its drives are held open for a boot
    /// @param connected whether the guest agent is on the line
    /// @param ready whether the guest says that it is ready
    /// @param started when it last booted, seconds since 1970, 0 if never
    /// @param reason why it is as it is, when that is unusual
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
            Hook hook,
            long started,
            Optional<Label> reason,
            Usage usage,
            Optional<Sleep> sleep) {}

    /// What an instance that runs has used since its VMM was started, and how much one that rests is wanted. All of
    /// them count on without an end.
    ///
    /// @param cpuMillis milliseconds of processor, of its VMM and its guest
    /// @param netBytes bytes that went through its tap, both ways
    /// @param asked how often somebody on its network has asked for its address, since hostd has been running
    public record Usage(long cpuMillis, long netBytes, long asked) {
        /// Of what nobody uses.
        public static final Usage NONE = new Usage(0, 0, 0);
    }

    /// How an instance slept last.
    ///
    /// @param epoch of its snapshot; a snapshot of an earlier one is never woken
    /// @param memoryBytes the guest's memory
    /// @param sealedBytes what the snapshot takes on the node's disk
    /// @param sealMillis from the request until the snapshot was whole
    /// @param openMillis from the request until the guest ran again, 0 if it has never been woken
    /// @param at when the snapshot was whole, seconds since 1970
    public record Sleep(long epoch, long memoryBytes, long sealedBytes, long sealMillis, long openMillis, long at) {}

    /// What a worker in the guest last said about itself.
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
        if (networks.size() > MAX_NETWORKS || limits.size() > MAX_LIMITS || instances.size() > MAX_INSTANCES) {
            throw new IllegalArgumentException("too many");
        }
    }
}
