/// Verification of the audit files that daemons write.
@NullMarked
package dev.mvm.cli.audit;

import org.jspecify.annotations.NullMarked;
