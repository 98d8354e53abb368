/// Requests to a Firecracker process, the versions that understand them, and the meaning of responses.
///
/// The other side is not believed: a guest may have taken the VMM over. An answer has a size limit before anything is
/// allocated, a deadline, and a strict form; everything else is [Answer.Broken]. Nothing a VMM sends ends up in an
/// exception.
@NullMarked
package dev.mvm.protocol.firecracker;

import org.jspecify.annotations.NullMarked;
