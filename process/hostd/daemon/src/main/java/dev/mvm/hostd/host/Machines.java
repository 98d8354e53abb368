package dev.mvm.hostd.host;

/// The VMs of this host, by the three views that the rest of hostd has of them.
public record Machines(VmLifecycle lifecycle, VmSealing sealing, VmGuests guests) {}
