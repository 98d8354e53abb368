/// Reasons for which an exchange with a VMM ends early.
@NullMarked
package dev.mvm.sealer.paging;

import org.jspecify.annotations.NullMarked;
