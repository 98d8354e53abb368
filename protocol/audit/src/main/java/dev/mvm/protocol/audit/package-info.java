/// Lines of a tenant's audit, their chain, and the checkpoints that a node's agent signs. `docs/operations/audit.md` is
/// the same thing in prose.
@NullMarked
package dev.mvm.protocol.audit;

import org.jspecify.annotations.NullMarked;
