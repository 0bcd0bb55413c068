/** The contract between the engine and a device: backends, stages, hidden states, the pipeline. */
package dev.qyclone.engine.stage;
