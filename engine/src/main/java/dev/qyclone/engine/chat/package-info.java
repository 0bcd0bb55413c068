/** Conversations to token ids: the model's own chat template, safe against injected control tokens. */
package dev.qyclone.engine.chat;
