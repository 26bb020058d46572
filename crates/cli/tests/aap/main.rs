//! The binary as users meet it: arguments in; output, errors and exit status out.

mod decode;
mod help;
mod invalid;
mod measure;
#[cfg(test)]
mod node;
#[cfg(test)]
mod packaging;
mod replay;
#[cfg(test)]
mod service;
mod support;
