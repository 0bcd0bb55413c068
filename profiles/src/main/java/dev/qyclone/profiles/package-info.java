/** Which device runs which layer, and why. */
package dev.qyclone.profiles;
