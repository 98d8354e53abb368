package dev.mvm.protocol.sealer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.model.InstanceId;
import dev.mvm.model.KeyName;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;

/// A request to seal or to open one snapshot. Descriptors go with it, in this order: the tenant's key, the files
/// `manifest`, `memory` and `vmstate`, and one or two to reach the VMM by.
///
/// @param epoch 0 or more: of the sleep that is sealed, or that may be woken
/// @param key name of the tenant's key of purpose `snapshot`
/// @param keyVersion 1 or more
public record SealRequest(
        Job job,
        TransferMode way,
        TenantId tenant,
        PoolId pool,
        InstanceId instance,
        long epoch,
        MachineFacts machine,
        KeyName key,
        int keyVersion) {
    /// Returns the packet of a [Job#REWRAP], with which three descriptors go: both keys, the present one first; the
    /// manifest; and a file for the new manifest.
    public byte[] encode(KeyName newKey, int newVersion) {
        var more = "new_key=" + newKey + "\nnew_key_version=" + newVersion + "\n";
        return (new String(encode(), US_ASCII) + more).getBytes(US_ASCII);
    }

    /// Returns the packet, at most 4096 bytes.
    public byte[] encode() {
        return String.join(
                        "\n",
                        "mvm-seal 1",
                        "job=" + job.word(),
                        "way=" + way.word(),
                        "tenant=" + tenant,
                        "pool=" + pool,
                        "instance=" + instance,
                        "epoch=" + epoch,
                        "vmm=" + machine.vmm(),
                        "vmm_version=" + machine.vmmVersion(),
                        "format=" + machine.format(),
                        "cpu=" + machine.cpu(),
                        "kernel=" + machine.kernel(),
                        "vcpus=" + machine.vcpus(),
                        "memory_bytes=" + machine.memoryBytes(),
                        "key=" + key,
                        "key_version=" + keyVersion,
                        "")
                .getBytes(US_ASCII);
    }
}
