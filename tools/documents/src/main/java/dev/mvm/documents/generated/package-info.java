/// Parts of documents that are made from poms, units, tests and jars.
@NullMarked
package dev.mvm.documents.generated;

import org.jspecify.annotations.NullMarked;
