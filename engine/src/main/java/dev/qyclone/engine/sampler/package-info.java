/** Logits to the next token id. */
package dev.qyclone.engine.sampler;
