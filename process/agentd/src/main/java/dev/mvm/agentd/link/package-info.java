/// The connection to the coordinator: the node connects over mutual TLS, and keeps trying.
@NullMarked
package dev.mvm.agentd.link;

import org.jspecify.annotations.NullMarked;
