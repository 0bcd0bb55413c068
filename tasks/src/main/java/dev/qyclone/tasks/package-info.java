/** The TornadoVM backend: the forward pass as task graphs. The only place that knows TornadoVM. */
package dev.qyclone.tasks;
