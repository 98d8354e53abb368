package dev.mvm.model;

/// Kernel and initramfs, which boot a guest. Operators allow runtimes one by one: a verified image is worth as much as
/// the initramfs that
/// verifies it.
///
/// @param kernel the uncompressed kernel image
/// @param initramfs in newc form, as it is handed to the kernel
public record GuestRuntime(Digest kernel, Digest initramfs) {}
