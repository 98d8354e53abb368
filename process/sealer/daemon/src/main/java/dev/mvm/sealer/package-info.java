/// One process, one connection, one snapshot: [dev.mvm.sealer.Main] gives up privileges, [dev.mvm.sealer.Sealer]
/// does the one job. Nothing here opens a file, and no byte of a guest is on the Java heap.
@NullMarked
package dev.mvm.sealer;

import org.jspecify.annotations.NullMarked;
