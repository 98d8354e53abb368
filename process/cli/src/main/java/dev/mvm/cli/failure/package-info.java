/// The one exception that ends a command: the package below all others.
@NullMarked
package dev.mvm.cli.failure;

import org.jspecify.annotations.NullMarked;
