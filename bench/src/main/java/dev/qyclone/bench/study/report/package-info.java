/** A study as one HTML page that needs nothing else: tables, and charts drawn here as SVG. */
package dev.qyclone.bench.study.report;
