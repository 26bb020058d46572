//! The Multicast Address Allocation Protocol, draft-ietf-malloc-aap-04, as IO-free machines.
