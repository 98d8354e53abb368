package dev.mvm.hostd.engine;

import dev.mvm.model.InstanceId;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;

/// What a VM is to be.
public record Boot(InstanceId id, Slot slot, TenantNet network, Resources resources) {}
