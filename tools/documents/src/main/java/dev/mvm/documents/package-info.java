/// Compares what documents say with what there is: paths, flags, verbs, claims and their tests.
@NullMarked
package dev.mvm.documents;

import org.jspecify.annotations.NullMarked;
