/// The operators' documents that keyd goes by.
@NullMarked
package dev.mvm.keyd.documents;

import org.jspecify.annotations.NullMarked;
