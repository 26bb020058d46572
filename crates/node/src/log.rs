//! Logs on standard error, for people or for programs, with a filter that can change while running.

use std::io::{self, IsTerminal};
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, fmt};

/// How a log line looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LogFormat {
    /// A line for people.
    #[default]
    Human,
    /// A JSON object.
    Json,
}

/// Changes what a running log shows.
#[derive(Clone, Debug)]
pub struct LogControl {
    filter: reload::Handle<EnvFilter, Registry>,
    /// The filter in force, as it was written.
    text: Arc<Mutex<String>>,
}

/// Octets of a filter: those that people write are far shorter.
const FILTER_MAX: usize = 1024;

/// Starts the process's log with `filter`, such as `info` or `node=debug`.
///
/// # Errors
/// If the filter makes no sense, or a log was started before.
pub fn start_log(format: LogFormat, filter: &str) -> Result<LogControl, String> {
    let text = Arc::new(Mutex::new(filter.to_owned()));
    let (layer, filter) = reload::Layer::new(parse(filter)?);
    let registry = tracing_subscriber::registry().with(layer);
    let started = match format {
        LogFormat::Human => registry
            .with(
                fmt::layer()
                    .with_writer(io::stderr)
                    .with_ansi(io::stderr().is_terminal())
                    .with_target(false)
                    .compact(),
            )
            .try_init(),
        LogFormat::Json => registry
            .with(fmt::layer().with_writer(io::stderr).json().flatten_event(true))
            .try_init(),
    };
    started.map_err(|error| error.to_string())?;
    Ok(LogControl { filter, text })
}

impl LogControl {
    /// Replaces the filter.
    ///
    /// # Errors
    /// If it makes no sense; the old one then stays.
    pub fn set_filter(&self, filter: &str) -> Result<(), String> {
        let parsed = parse(filter)?;
        // Held until the filter is in force, so that text and filter stay the same one.
        let mut text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        self.filter.reload(parsed).map_err(|error| error.to_string())?;
        filter.clone_into(&mut text);
        Ok(())
    }

    /// The filter in force.
    #[must_use]
    pub fn filter(&self) -> String {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Whether `filter` makes sense.
pub(crate) fn check_filter(filter: &str) -> Result<(), String> {
    parse(filter).map(drop)
}

fn parse(filter: &str) -> Result<EnvFilter, String> {
    if filter.len() > FILTER_MAX {
        return Err(format!("a filter has at most {FILTER_MAX} octets"));
    }
    if filter.trim().is_empty() {
        return Err("an empty filter shows nothing; write `off` if that is meant".to_owned());
    }
    EnvFilter::try_new(filter).map_err(|error| format!("log filter `{filter}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_that_make_no_sense_are_refused() {
        assert_eq!(check_filter("info"), Ok(()));
        assert_eq!(check_filter("warn,node=debug"), Ok(()));
        for wrong in ["", "node=loud", "node=debug=info", &"x".repeat(FILTER_MAX + 1)] {
            assert!(check_filter(wrong).is_err(), "{wrong}");
        }
    }
}
