/// What the coordinator does when it is asked: the Fleet service, whichever port it is asked on, and the states that
/// nodes are sent.
@NullMarked
package dev.mvm.coordinator.service;

import org.jspecify.annotations.NullMarked;
