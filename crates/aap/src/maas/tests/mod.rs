//! Timelines: one MAAS, and everything it sends and says, so that what is not stated did not
//! happen. The files are the topics of section 3.

mod announce;
mod belief;
mod bench;
mod claim;
mod commands;
mod conflict;
mod defence;
mod deletion;
mod failure;
mod looking;
mod numbering;
mod power;
mod preallocation;
mod report;
mod shortcut;
mod space;
mod startup;
mod words;
