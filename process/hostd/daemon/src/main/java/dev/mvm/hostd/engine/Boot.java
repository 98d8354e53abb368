package dev.mvm.hostd.engine;

import dev.mvm.model.InstanceId;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;

/// Specification of a VM.
///
/// @param rates the most that its devices may transfer
/// @param strict whether its VMM does not run without a filter of the operator's
/// @param resumes whether it goes on from a state that is loaded, and does not boot
public record Boot(
        InstanceId id,
        Slot slot,
        TenantNet network,
        Resources resources,
        Rates rates,
        boolean strict,
        boolean resumes) {}
