//! Pictures of a run, drawn from its journal and from nothing else.
//!
//! [`timeline`] draws a ladder in the style of protocol specifications: a lane per host, time
//! running down, messages as arrows, and at the right the rule that made a host act. With more
//! hosts than fit side by side it becomes a list. [`explain`] answers why something happened.

mod canvas;
mod explain;
mod fold;
mod ladder;
mod list;
mod options;
pub mod plot;
mod story;
mod text;

pub use explain::explain;
pub use options::{Charset, Fold, Kind, Options, Paint, Rules};

use trace::Entry;

/// Draws what happened as text, top to bottom.
///
/// Times are in seconds, rounded down to milliseconds. Hosts get their lanes in the order in which the journal first names them. Lines are at most
/// [`Options::columns`] wide and have no trailing spaces.
#[must_use]
pub fn timeline(entries: &[Entry], options: &Options) -> String {
    let story = story::tell(entries, options);
    let items = match options.fold {
        Fold::Repeats => fold::fold(story.items, &story.lanes),
        Fold::Nothing => story.items,
    };
    match ladder::Layout::fit(&story.lanes, &items, options) {
        Some(layout) => ladder::draw(&layout, &story.lanes, &items, options),
        None => list::draw(&story.lanes, &items, options),
    }
}
