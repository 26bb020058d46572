//! Logs on standard error, for people or for programs, with a filter that can change while running.

use std::io::{self, IsTerminal};

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
}

/// Starts the process's log with `filter`, such as `info` or `node=debug`.
///
/// # Errors
/// If the filter makes no sense, or a log was started before.
pub fn start_log(format: LogFormat, filter: &str) -> Result<LogControl, String> {
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
    Ok(LogControl { filter })
}

impl LogControl {
    /// Replaces the filter.
    ///
    /// # Errors
    /// If it makes no sense; the old one then stays.
    pub fn set_filter(&self, filter: &str) -> Result<(), String> {
        self.filter.reload(parse(filter)?).map_err(|error| error.to_string())
    }
}

fn parse(filter: &str) -> Result<EnvFilter, String> {
    EnvFilter::try_new(filter).map_err(|error| format!("log filter `{filter}`: {error}"))
}
