/** The engine as a user sees it: open a model, hold a session, generate text. */
package dev.qyclone.engine.generation;
