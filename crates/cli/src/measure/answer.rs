//! What is shown of a result, and how.

use std::io::Write;
use std::num::NonZeroU64;

use clap::Args;
use lab::measure::{Metric, Part};

use super::picture::PlotArgs;
use super::{document, tables};
use crate::exit::{Exit, Failure};
use crate::look::Paint;

/// How results are shown, whole or merged.
#[derive(Args, Debug)]
pub(super) struct AnswerArgs {
    /// Show these metrics only.
    #[arg(long = "metric", value_name = "M1,M2,..", value_delimiter = ',')]
    metrics: Vec<String>,

    /// Count the runs in which a metric is at least this, in its own unit (times in microseconds).
    #[arg(long, value_name = "N", default_value = "1")]
    at_least: NonZeroU64,

    /// Print one JSON document, with every metric.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    plot: PlotArgs,
}

impl AnswerArgs {
    /// The metrics asked for; none for a choice by what was seen. Everything that is wrong with
    /// what is asked is said here, before anything is run.
    pub(super) fn metrics(&self) -> Result<Vec<Metric>, Failure> {
        self.plot.consider()?;
        let find = |name: &String| {
            Metric::find(name).ok_or_else(|| {
                let all: Vec<String> = Metric::all().map(|metric| metric.to_string()).collect();
                Failure::Usage(format!("no metric is called {name}; there are {}", all.join(", ")))
            })
        };
        self.metrics.iter().map(find).collect()
    }

    /// Shows a result.
    pub(super) fn give(
        &self,
        whole: &Part,
        paint: Paint,
        out: &mut dyn Write,
    ) -> Result<Exit, Failure> {
        self.print(whole, &self.metrics()?, paint, out)?;
        Ok(Exit::Done)
    }

    pub(super) fn print(
        &self,
        whole: &Part,
        metrics: &[Metric],
        paint: Paint,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let at_least = self.at_least.get();
        self.plot.draw(whole, metrics, at_least)?;
        if self.json {
            writeln!(out, "{:#}", document::document(whole, at_least))?;
        } else {
            tables::print(whole, metrics, at_least, paint, out)?;
        }
        Ok(())
    }
}
