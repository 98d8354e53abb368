/// The coordinator: its command line, its configuration, and how its parts are put together.
@NullMarked
package dev.mvm.coordinator;

import org.jspecify.annotations.NullMarked;
