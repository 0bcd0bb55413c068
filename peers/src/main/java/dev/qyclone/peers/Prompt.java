package dev.qyclone.peers;

/**
 * What an engine is to read.
 *
 * @param ids of the text, without any that an engine adds
 */
record Prompt(String text, int[] ids) {
}
