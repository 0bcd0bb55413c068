/** The portability study as data: its cells, where they ran, and the files that hold them. What measures is in {@code run}. */
package dev.qyclone.bench.study;
