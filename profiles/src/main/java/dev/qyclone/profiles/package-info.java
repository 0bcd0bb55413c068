/** Which device runs which layer, and why: profiles, footprint, planner. Policy only; it computes nothing and opens nothing. */
package dev.qyclone.profiles;
