/// Errors and limits that every step of an import shares.
@NullMarked
package dev.mvm.image;

import org.jspecify.annotations.NullMarked;
