/// Comparisons of documents with the code: paths, flags, verbs, names, calls, counts, folders.
@NullMarked
package dev.mvm.documents.check;

import org.jspecify.annotations.NullMarked;
