package dev.mvm.hostd.host;

import java.util.List;

/// Description of VMM and accelerator for people.
///
/// @param vmm its name and version, divided by a space
/// @param accelerator `kvm` or `tcg`
/// @param limits what guests cannot have with it, each in plain words
public record Hypervisor(String vmm, String accelerator, List<String> limits) {
    public Hypervisor {
        limits = List.copyOf(limits);
    }
}
