/** A backend that fails on demand, for the tests of everything that must live with one. */
package dev.qyclone.engine.faulty;
