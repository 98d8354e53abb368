/// Verified documents of a process, kept on its own disk and verified again at every start.
///
/// Tests: in `protocol/trust/authoring`, for they write documents.
@NullMarked
package dev.mvm.protocol.trust.store;

import org.jspecify.annotations.NullMarked;
