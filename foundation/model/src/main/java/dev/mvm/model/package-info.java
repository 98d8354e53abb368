/// Values that mvm's processes exchange. A value that exists is valid: constructors refuse everything else.
///
/// Tests: `InterfaceNameTest` is in `foundation/network`, for it needs a kernel.
@NullMarked
package dev.mvm.model;

import org.jspecify.annotations.NullMarked;
