/// Tenants' keys: made, kept wrapped, and encrypted to one node.
@NullMarked
package dev.mvm.crypto.tenantkeys;

import org.jspecify.annotations.NullMarked;
