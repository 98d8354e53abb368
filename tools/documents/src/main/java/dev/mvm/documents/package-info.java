/// Compares documents with the code, claims with the tests, and the licences of jars with `NOTICE`.
@NullMarked
package dev.mvm.documents;

import org.jspecify.annotations.NullMarked;
