//! The binary as users meet it: arguments in; output, errors and exit status out.

mod check;
mod decode;
mod doctor;
#[cfg(test)]
mod environment;
mod help;
mod invalid;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod live;
mod measure;
#[cfg(test)]
mod node;
#[cfg(test)]
mod packaging;
#[cfg(test)]
mod processes;
mod replay;
#[cfg(test)]
mod service;
mod support;
