//! Clusters of real processes on this machine: what they show, and what they leave behind, which is
//! nothing.

#[cfg(test)]
mod disturbing;
#[cfg(test)]
mod ending;
#[cfg(test)]
mod ground;
#[cfg(test)]
mod playing;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod talking;
