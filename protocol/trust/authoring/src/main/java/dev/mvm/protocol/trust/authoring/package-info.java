/// Writing signed documents: payloads from trust roots, grants and node states, and envelopes around them.
///
/// `dev.mvm.protocol.trust` reads what is written here. It is loaded by what runs as root, and this is not.
@NullMarked
package dev.mvm.protocol.trust.authoring;

import org.jspecify.annotations.NullMarked;
