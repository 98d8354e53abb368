/// Tenants' keys: made, kept wrapped, and sealed for one node.
@NullMarked
package dev.mvm.sealing;

import org.jspecify.annotations.NullMarked;
