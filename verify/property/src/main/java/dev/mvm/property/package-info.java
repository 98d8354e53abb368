/// Generated test cases that shrink.
@NullMarked
package dev.mvm.property;

import org.jspecify.annotations.NullMarked;
