/** What the engine throws: one exception with a code and a message that helps. */
package dev.qyclone.engine.error;
