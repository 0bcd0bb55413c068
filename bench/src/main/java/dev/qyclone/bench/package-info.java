/** Benchmarks: JMH for the ops. */
package dev.qyclone.bench;
