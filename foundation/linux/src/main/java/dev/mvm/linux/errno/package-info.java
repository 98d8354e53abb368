/// Exceptions for failed calls: the call's name and its errno(3).
@NullMarked
package dev.mvm.linux.errno;

import org.jspecify.annotations.NullMarked;
