//! Multicast addresses, ranges, interval maps, free-address indexes and scopes.
