/** Qyclone beside other engines: the same file, the same ids, the same threads, in turn in one process. */
package dev.qyclone.peers;
