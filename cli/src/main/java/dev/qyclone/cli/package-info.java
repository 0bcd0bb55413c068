/** The command line. */
package dev.qyclone.cli;
