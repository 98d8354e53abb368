/// What sleeps: its files, and what seals and opens them for hostd.
@NullMarked
package dev.mvm.hostd.snapshot;

import org.jspecify.annotations.NullMarked;
