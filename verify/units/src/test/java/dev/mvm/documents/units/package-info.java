/// What the units of a hardened node have to say, asserted line by line.
@NullMarked
package dev.mvm.documents.units;

import org.jspecify.annotations.NullMarked;
