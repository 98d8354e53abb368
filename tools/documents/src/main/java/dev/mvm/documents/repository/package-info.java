/// The files of a checkout, and what its documents, schemas and units hold.
@NullMarked
package dev.mvm.documents.repository;

import org.jspecify.annotations.NullMarked;
