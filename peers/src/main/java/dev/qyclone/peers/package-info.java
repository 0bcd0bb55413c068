/** Qyclone beside other engines: the same file, the same ids, the same threads, in turn. */
package dev.qyclone.peers;
