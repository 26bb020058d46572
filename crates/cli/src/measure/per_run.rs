//! `--per-run`: a line for each run.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use lab::measure::{Ended, Metric, Per, Question, Sample};
use serde_json::{Map, Value};

use crate::exit::Failure;

/// A file with a line for each run: seed after seed, within a seed row after row.
pub(super) struct PerRun {
    path: PathBuf,
    out: BufWriter<File>,
    format: Format,
    /// The parameters of each row.
    rows: Vec<Vec<(String, String)>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    Ndjson,
}

impl PerRun {
    pub(super) fn create(path: &Path, question: &Question) -> Result<Self, Failure> {
        let is_csv = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
        let rows = question.rows.iter().map(|row| {
            let mut parameters = row.parameters.clone();
            if parameters.iter().all(|(name, _)| name != "profile") {
                parameters.insert(0, ("profile".to_owned(), row.profile.clone()));
            }
            parameters
        });
        let cannot = |error: io::Error| cannot_write(path, &error);
        let mut file = Self {
            path: path.to_owned(),
            out: BufWriter::new(File::create(path).map_err(cannot)?),
            format: if is_csv { Format::Csv } else { Format::Ndjson },
            rows: rows.collect(),
        };
        if file.format == Format::Csv {
            let parameters = file.rows.first().into_iter().flatten().map(|(name, _)| name.clone());
            let metrics = Metric::all().map(|metric| metric.to_string());
            let head = ["seed".to_owned(), "ended".to_owned()].into_iter();
            let head: Vec<String> = head.chain(parameters).chain(metrics).collect();
            writeln!(file.out, "{}", head.join(",")).map_err(cannot)?;
        }
        Ok(file)
    }

    pub(super) fn write(&mut self, samples: &[(usize, Sample)]) -> Result<(), Failure> {
        for (row, sample) in samples {
            let parameters = self.rows.get(*row).map_or(&[][..], Vec::as_slice);
            let line = match self.format {
                Format::Csv => csv(parameters, sample),
                Format::Ndjson => ndjson(parameters, sample),
            };
            writeln!(self.out, "{line}").map_err(|error| cannot_write(&self.path, &error))?;
        }
        Ok(())
    }

    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(|error| cannot_write(&self.path, &error))
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::Environment(format!("cannot write {}: {error}", path.display()))
}

const fn ended(sample: &Sample) -> &'static str {
    match sample.ended {
        Ended::InTime => "in-time",
        Ended::Early => "early",
    }
}

/// Several values of one metric stand in one field, with blanks between them.
fn csv(parameters: &[(String, String)], sample: &Sample) -> String {
    let mut fields = vec![sample.seed.to_string(), ended(sample).to_owned()];
    fields.extend(parameters.iter().map(|(_, value)| quoted(value)));
    fields.extend(Metric::all().map(|metric| {
        let values = metric.values(sample);
        values.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")
    }));
    fields.join(",")
}

/// A field as RFC 4180 wants it.
fn quoted(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn ndjson(parameters: &[(String, String)], sample: &Sample) -> String {
    let mut object = Map::new();
    object.insert("seed".into(), sample.seed.into());
    object.insert("ended".into(), ended(sample).into());
    let parameters =
        parameters.iter().map(|(name, value)| (name.clone(), Value::from(value.clone())));
    object.insert("parameters".into(), parameters.collect::<Map<_, _>>().into());
    for metric in Metric::all() {
        let values = metric.values(sample);
        let value = match (metric.per(), values.as_slice()) {
            (Per::Run, [value]) => Value::from(*value),
            _ => Value::from(values),
        };
        object.insert(metric.to_string(), value);
    }
    object.insert("met".into(), sample.met.clone().into());
    Value::from(object).to_string()
}
