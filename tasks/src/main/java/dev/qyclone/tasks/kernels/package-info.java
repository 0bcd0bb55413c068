/** Kernels: static Java methods that TornadoVM compiles for devices, and that run as plain Java in tests. */
package dev.qyclone.tasks.kernels;
