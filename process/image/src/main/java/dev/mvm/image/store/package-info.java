/// Images on an operator's machine: files by digest, and names for them.
@NullMarked
package dev.mvm.image.store;

import org.jspecify.annotations.NullMarked;
