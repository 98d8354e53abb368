/// Makes an image of a source: transport, flattening, file system, verity tree, provenance, store.
@NullMarked
package dev.mvm.image.build;

import org.jspecify.annotations.NullMarked;
