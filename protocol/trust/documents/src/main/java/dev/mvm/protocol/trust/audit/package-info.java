/// Audit of a daemon's refusals, in which a record that is altered, removed or moved later shows.
/// `docs/operations/audit.md` is the same thing in prose.
///
/// Tests: in `protocol/trust/authoring`, beside those of documents.
@NullMarked
package dev.mvm.protocol.trust.audit;

import org.jspecify.annotations.NullMarked;
