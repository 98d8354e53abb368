/// Registry of instances on hostd's own root-owned disk: one record each, written ahead of every effect.
@NullMarked
package dev.mvm.hostd.registry;

import org.jspecify.annotations.NullMarked;
