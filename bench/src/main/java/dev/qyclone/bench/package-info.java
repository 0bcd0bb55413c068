/** Benchmarks: JMH for the ops, each with the limit of the machine that it was measured beside. */
package dev.qyclone.bench;
