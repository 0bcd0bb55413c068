/** The token bench: prefill and decode of whole models, in the manner of llama-bench, and the comparison of two runs. */
package dev.qyclone.bench.tokens;
