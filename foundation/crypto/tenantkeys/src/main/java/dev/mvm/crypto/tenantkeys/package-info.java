/// Tenants' keys: made, kept wrapped, and sealed for one node.
@NullMarked
package dev.mvm.crypto.tenantkeys;

import org.jspecify.annotations.NullMarked;
