/** Model files at memory-map speed: GGUF and safetensors. Every read is checked before memory is taken. */
package dev.qyclone.engine.file;
