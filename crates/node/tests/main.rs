//! Live nodes on loopback and in namespaces, in one program: one to link, and one whose tests wait
//! beside each other. `cargo test -p node storage` runs those of one file.

mod authentication;
mod capture;
mod control;
mod hostile;
mod interface;
mod loopback;
mod reflector;
mod storage;
#[cfg(test)]
mod support;
