/** Finding the best placement: times of layers measured on each device, a cost model, an exact search, and what is kept of it. */
package dev.qyclone.profiles.tune;
