/// Carries plans out: a few chains at a time, one on each instance, with back-off after failures.
@NullMarked
package dev.mvm.agentd.execute;

import org.jspecify.annotations.NullMarked;
