/// Values that mvm's processes exchange. A value that exists is valid: constructors refuse everything else.
@NullMarked
package dev.mvm.model;

import org.jspecify.annotations.NullMarked;
