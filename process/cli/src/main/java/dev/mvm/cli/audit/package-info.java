/// Reads what daemons have written down, and says whether it is still what they wrote.
@NullMarked
package dev.mvm.cli.audit;

import org.jspecify.annotations.NullMarked;
