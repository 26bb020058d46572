//! A question: a scenario, two readings of the draft, and what is counted.

use std::fmt;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::str::FromStr;

use lab::measure::{Design, Experiment, Metric, Samples, Seeds, Step, Unit};
use scenario::Scenario;

use super::figure::{Figure, Statistic};

/// A line of the file of figures.
pub(crate) struct Question {
    /// Which table of the document it belongs to.
    pub(crate) table: String,
    /// The findings, or the section of the analysis, it is about.
    pub(crate) finding: String,
    scenario: String,
    variant: Option<String>,
    settings: Vec<(String, String)>,
    /// The two readings compared.
    pub(crate) readings: [String; 2],
    metric: Metric,
    statistic: Statistic,
    /// The seeds of the full measurement: 1 to this.
    pub(crate) runs: u64,
    /// What is counted, in words.
    pub(crate) counted: String,
    /// The figures as they are kept, in the order of the readings.
    pub(crate) figures: [String; 2],
}

impl Question {
    /// What a reading gives over the seeds 1 to `runs`.
    pub(crate) fn ask(&self, which: usize, runs: u64) -> Figure {
        let text = lab::scenarios::find(&self.scenario).expect("an embedded scenario").text;
        let design = Design {
            name: self.scenario.clone(),
            seeds: Seeds { first: 1, last: runs },
            readings: vec![self.readings[which].parse().unwrap()],
            variant: self.variant.clone(),
            settings: self.settings.clone(),
            axes: Vec::new(),
        };
        let experiment = Experiment::new(&Scenario::parse(text).unwrap(), &design)
            .unwrap_or_else(|why| panic!("{}: {why}", self.command()));
        let seeds = experiment.question().seeds;
        let go_on = |_: &Step<'_>| ControlFlow::Continue(());
        let jobs = NonZeroUsize::new(2).unwrap();
        let part = experiment.conduct(seeds, jobs, Samples::Counted, go_on).unwrap();
        Figure::of(&part.tallies()[0].of(self.metric), self.statistic)
    }

    /// How the metric's values are meant.
    pub(crate) const fn unit(&self) -> Unit {
        self.metric.unit()
    }

    /// The command that answers it.
    pub(crate) fn command(&self) -> String {
        let variant = self.variant.iter().map(|name| format!(" --variant {name}"));
        let settings = self.settings.iter().map(|(name, value)| format!(" --set {name}={value}"));
        let least = match self.statistic {
            Statistic::AtLeast(least) if least > 1 => Some(format!(" --at-least {least}")),
            _ => None,
        };
        let options: String = variant.chain(settings).chain(least).collect();
        format!(
            "aap measure {}{options} --runs {} --compare {} --metric {}",
            self.scenario,
            self.runs,
            self.readings.join(","),
            self.metric
        )
    }
}

impl FromStr for Question {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let fields: Vec<&str> = line.split('\t').collect();
        let [
            table,
            finding,
            scenario,
            variant,
            settings,
            readings,
            metric,
            statistic,
            runs,
            counted,
            first,
            second,
        ] = fields.try_into().map_err(|found: Vec<_>| format!("{} fields, not 12", found.len()))?;
        let pair = |text: &str| match text.split_once('=') {
            Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
            None => Err(format!("`{text}`: expected NAME=VALUE")),
        };
        let settings = settings.split(' ').filter(|text| *text != "-").map(pair);
        let (one, other) = readings.split_once(',').ok_or("two readings are compared")?;
        Ok(Self {
            table: table.to_owned(),
            finding: finding.to_owned(),
            scenario: scenario.to_owned(),
            variant: (variant != "-").then(|| variant.to_owned()),
            settings: settings.collect::<Result<_, String>>()?,
            readings: [one.to_owned(), other.to_owned()],
            metric: Metric::find(metric).ok_or_else(|| format!("no metric `{metric}`"))?,
            statistic: statistic.parse()?,
            runs: runs.parse().map_err(|why| format!("runs: {why}"))?,
            counted: counted.to_owned(),
            figures: [first.to_owned(), second.to_owned()],
        })
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings: Vec<_> =
            self.settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let settings = if settings.is_empty() { "-".to_owned() } else { settings.join(" ") };
        let variant = self.variant.as_deref().unwrap_or("-");
        write!(f, "{}\t{}\t{}\t{variant}\t{settings}", self.table, self.finding, self.scenario)?;
        write!(f, "\t{}\t{}\t{}", self.readings.join(","), self.metric, self.statistic)?;
        write!(f, "\t{}\t{}\t{}", self.runs, self.counted, self.figures.join("\t"))
    }
}
