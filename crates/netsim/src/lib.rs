//! A deterministic in-process network of protocol machines.
