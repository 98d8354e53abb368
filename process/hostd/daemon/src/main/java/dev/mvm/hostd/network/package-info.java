/// Tenants' networks: bridges, addresses, filter rules, and a tap for each VM.
@NullMarked
package dev.mvm.hostd.network;

import org.jspecify.annotations.NullMarked;
