/// What hostd has, on its own root-owned disk: one record for each instance, written ahead of every effect.
@NullMarked
package dev.mvm.hostd.registry;

import org.jspecify.annotations.NullMarked;
