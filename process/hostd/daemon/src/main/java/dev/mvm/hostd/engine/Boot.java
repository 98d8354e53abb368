package dev.mvm.hostd.engine;

import dev.mvm.model.InstanceId;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.trust.Revision;
import java.util.Optional;

/// Specification of a VM.
///
/// @param image its root, empty for a guest that lives in its initramfs
/// @param rates the most that its devices may transfer
/// @param strict whether its VMM does not run without a filter of the operator's
/// @param resumes whether it goes on from a state that is loaded, and does not boot
public record Boot(
        InstanceId id,
        Slot slot,
        TenantNet network,
        Resources resources,
        Optional<Revision.Image> image,
        Rates rates,
        boolean strict,
        boolean resumes) {}
