/// A directory with two files, whose writes and reads end in this process; fuse(4).
@NullMarked
package dev.mvm.sealer.paging.fuse;

import org.jspecify.annotations.NullMarked;
