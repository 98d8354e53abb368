/// The coordinator's end of the key service, mvm-keyd: gives it the documents that operators publish, and carries its
/// challenges and blobs to nodes and their statements back. Nothing here can open what it carries.
@NullMarked
package dev.mvm.coordinator.keyd;

import org.jspecify.annotations.NullMarked;
