/** Measures a study: one JVM for each cell, led by {@link dev.qyclone.bench.study.run.StudyRunner}. */
package dev.qyclone.bench.study.run;
