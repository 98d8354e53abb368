/// Memory for what must never reach a disk, a dump or the Java heap.
@NullMarked
package dev.mvm.linux.secret;

import org.jspecify.annotations.NullMarked;
