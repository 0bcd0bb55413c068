/** The arithmetic of a layer, twice: ScalarOps is the truth, VectorOps its fast twin. */
package dev.qyclone.engine.ops;
