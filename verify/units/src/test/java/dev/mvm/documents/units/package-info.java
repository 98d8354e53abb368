/// Required settings of a hardened node's units, asserted line by line.
@NullMarked
package dev.mvm.documents.units;

import org.jspecify.annotations.NullMarked;
