/// Brings the memory of a guest into its VMM page by page; userfaultfd(2).
@NullMarked
package dev.mvm.sealer.paging.memory;

import org.jspecify.annotations.NullMarked;
