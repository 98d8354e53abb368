/// The exception that ends an exchange with a VMM early, and its reasons. The two ways to move a guest's memory
/// are in the packages `fuse`, for a sleep, and `memory`, for a wake.
@NullMarked
package dev.mvm.sealer.paging;

import org.jspecify.annotations.NullMarked;
