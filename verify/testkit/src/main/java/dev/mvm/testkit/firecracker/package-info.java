/// A stand-in for a Firecracker process, and the contract that it and the real one pass.
///
/// [StandIn] answers API requests word for word as the recorded exchanges do, pauses, writes and loads snapshots, and
/// carries vsock connections between real Unix sockets and a [Guest] that the test supplies. It has no virtual
/// processor: the guest is Java.
///
/// It does not imitate: userfaultfd (a load with that backend fails), MMDS beyond keeping its data, balloon, pmem,
/// hotplug, PATCH of the machine configuration and CPU templates beyond their refusals, rate limits, what drives and
/// interfaces carry, PCI, the limit of ten API connections, the one-minute interval of metrics and their values,
/// aarch64, huge pages, a VMM without the privilege to make tap devices, half-closed vsock connections, and the real
/// format of the state file. Complaints that no recording has are taken from the source.
@NullMarked
package dev.mvm.testkit.firecracker;

import org.jspecify.annotations.NullMarked;
