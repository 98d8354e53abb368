/// What monitoring reads of a node: counts and moments, never what they are about.
@NullMarked
package dev.mvm.agentd.metrics;

import org.jspecify.annotations.NullMarked;
