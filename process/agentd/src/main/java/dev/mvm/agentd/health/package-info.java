/// Signs of life from guests.
@NullMarked
package dev.mvm.agentd.health;

import org.jspecify.annotations.NullMarked;
