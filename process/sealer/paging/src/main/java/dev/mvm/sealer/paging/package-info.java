/// Why a conversation with a VMM ended before its time.
@NullMarked
package dev.mvm.sealer.paging;

import org.jspecify.annotations.NullMarked;
