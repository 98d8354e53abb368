package dev.mvm.documents.claims;

/// A test that is marked as a claim's.
///
/// @param claim its id
/// @param proof the kind of test
/// @param group the class, suite or program that the test is in, as people read it
/// @param name the test within its group; empty if it is all of the group
/// @param result how its results begin in the report
/// @param place file and line of the mark
record Mark(String claim, Proof proof, String group, String name, String result, String place) {}
