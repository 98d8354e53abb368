/// Trust roots and grants as plain files on an operator's machine, without a network.
@NullMarked
package dev.mvm.cli.signing;

import org.jspecify.annotations.NullMarked;
