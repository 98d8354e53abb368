/// Signed documents: trust root, grants and node states in DSSE envelopes, and their verification.
///
/// The order never varies: size, envelope, signatures over the exact bytes, then the parser, then the rules.
///
/// More tests: in `protocol/trust/authoring`, for they write documents.
@NullMarked
package dev.mvm.protocol.trust;

import org.jspecify.annotations.NullMarked;
