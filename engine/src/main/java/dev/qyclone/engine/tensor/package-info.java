/** Element types, block decoding and tensors: memory-mapped weights and their shapes. */
package dev.qyclone.engine.tensor;
