/// Trust roots and grants on an operator's own machine: plain files, no network.
@NullMarked
package dev.mvm.cli.signing;

import org.jspecify.annotations.NullMarked;
