/** What a model is: its configuration, the names of its tensors, its weights. */
package dev.qyclone.engine.model;
