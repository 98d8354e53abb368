/// Metrics of a node for monitoring: counts and times, without names of tenants, pools or instances.
@NullMarked
package dev.mvm.agentd.metrics;

import org.jspecify.annotations.NullMarked;
