/** The host as a backend. */
package dev.qyclone.engine.cpu;
