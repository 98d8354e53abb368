/// JSON text to and from a tree of values, with limits on everything before anything is built.
@NullMarked
package dev.mvm.json;

import org.jspecify.annotations.NullMarked;
