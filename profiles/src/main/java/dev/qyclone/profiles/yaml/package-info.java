/** Profiles as files: reading with line numbers in every error, writing, and those that are built in. */
package dev.qyclone.profiles.yaml;
