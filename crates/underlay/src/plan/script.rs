use std::fmt::Write;

use crate::hold::Ground;

use super::{HUB, Plan, Step};

impl Plan {
    /// The plan as a shell script that does the same: to read, to learn from, or to run.
    ///
    /// Run by hand its namespaces stay until the `sleep` processes in them end; here a holder takes
    /// their place that ends with the process that raised the network.
    #[must_use]
    pub fn script(&self) -> String {
        if self.steps.is_empty() {
            return "# Nothing to do: every address of 127.0.0.0/8 is there already.\n".to_owned();
        }
        let enter = Ground::UserNamespace.enter().join(" ");
        let mut text = format!(
            "#!/bin/sh\nset -e\n\
             within() {{ namespace=$1; shift; {enter} --target \"$namespace\" \"$@\"; }}\n"
        );
        for step in &self.steps {
            describe(&mut text, step);
        }
        text
    }
}

fn describe(text: &mut String, step: &Step) {
    let _ = match step {
        Step::Hold { namespace } => {
            let how = Ground::UserNamespace.unshare(namespace == HUB).join(" ");
            // Not `within`, whose process id would be that of a shell.
            let enter = Ground::UserNamespace.enter().join(" ");
            let outer = match namespace == HUB {
                true => String::new(),
                false => format!("{enter} --target ${{{HUB}}} "),
            };
            // A holder is there a moment before its namespace is.
            writeln!(text, "\n{outer}{how} sleep infinity & {namespace}=$!; sleep 0.2")
        }
        Step::Run { namespace, command, input } => {
            let command = shell_words(command);
            writeln!(text, "\nwithin ${{{namespace}}} {command} <<END\n{input}END")
        }
        Step::Serve { namespace, command, input, .. } => {
            let command = shell_words(command);
            writeln!(text, "\nwithin ${{{namespace}}} {command} <<END &\n{input}END")
        }
    };
}

fn shell_words(words: &[&str]) -> String {
    let quote = |word: &&str| match word.contains(' ') {
        true => format!("'{word}'"),
        false => (*word).to_owned(),
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}
