/// Audits of tenants: each decision before hostd is asked, and its result.
@NullMarked
package dev.mvm.agentd.audit;

import org.jspecify.annotations.NullMarked;
