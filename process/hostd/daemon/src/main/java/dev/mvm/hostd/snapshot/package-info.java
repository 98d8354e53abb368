/// What sleeps: an instance's snapshot on disk, and the sealers that alone see what is in it.
@NullMarked
package dev.mvm.hostd.snapshot;

import org.jspecify.annotations.NullMarked;
