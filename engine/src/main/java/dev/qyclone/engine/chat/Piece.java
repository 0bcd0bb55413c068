package dev.qyclone.engine.chat;

/**
 * A part of a rendered conversation.
 *
 * @param special true for the text of one special token that the template itself placed; everything else is ordinary text
 */
record Piece(String text, boolean special) {
}
