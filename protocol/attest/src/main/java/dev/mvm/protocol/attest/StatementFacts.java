package dev.mvm.protocol.attest;

import dev.mvm.model.Digest;
import dev.mvm.model.NodeMode;

/// A verified key statement, as far as evidence is about it.
///
/// @param payload digest of the statement's payload, which evidence has to name: so it is good for this statement
/// alone, and by
///     the challenge in it for one period
/// @param boot the kernel's boot id
public record StatementFacts(Digest payload, String boot, NodeMode mode) {}
