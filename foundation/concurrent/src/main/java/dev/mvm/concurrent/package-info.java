/// Concurrent work without a framework.
@NullMarked
package dev.mvm.concurrent;

import org.jspecify.annotations.NullMarked;
