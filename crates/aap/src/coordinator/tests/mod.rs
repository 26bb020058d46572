//! Timelines: each test lets a few coordinators share a group and states everything that they
//! send and say, so that what is not stated did not happen.

mod admission;
mod announcing;
mod domain;
mod election;
mod quarrels;
mod recovery;
mod reports;
