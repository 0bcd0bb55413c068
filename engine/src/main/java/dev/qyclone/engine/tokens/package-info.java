/** Text to token ids and back. */
package dev.qyclone.engine.tokens;
