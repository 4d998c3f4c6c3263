//! Why a command ends early, as it is told.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use crate::rundir::RunError;
use crate::scenario::ScenarioError;

/// The fact, what to do about it, and whose fault it is.
#[derive(Debug)]
pub(super) struct Message {
    text: String,
    remedy: Option<String>,
    code: u8,
}

/// The input or the arguments are wrong.
const WRONG: u8 = 2;

impl Message {
    /// What the user typed or wrote is wrong.
    pub(super) fn wrong(text: impl ToString, remedy: impl ToString) -> Self {
        Self { text: text.to_string(), remedy: Some(remedy.to_string()), code: WRONG }
    }

    /// The system failed, or the run did.
    pub(super) fn failed(text: impl ToString) -> Self {
        Self { text: text.to_string(), remedy: None, code: 1 }
    }

    /// Says it, and what the process answers.
    pub(super) fn tell(&self) -> ExitCode {
        if !self.text.is_empty() {
            eprintln!("{}", self.text);
        }
        if let Some(remedy) = &self.remedy {
            eprintln!("  help: {remedy}");
        }
        ExitCode::from(self.code)
    }
}

/// What a command answers.
pub(super) fn answer(result: Result<ExitCode, Message>) -> ExitCode {
    result.unwrap_or_else(|message| message.tell())
}

/// Writes to standard output; a reader who has seen enough is no error.
pub(super) fn say(text: &str) -> Result<(), Message> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Message::failed(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

impl From<ScenarioError> for Message {
    fn from(error: ScenarioError) -> Self {
        Self::wrong(&error, &error.remedy)
    }
}

impl From<RunError> for Message {
    fn from(error: RunError) -> Self {
        let code = if matches!(error, RunError::System { .. }) { 1 } else { WRONG };
        Self { text: error.to_string(), remedy: Some(error.remedy().to_owned()), code }
    }
}

impl From<amm_rows::Failure> for Message {
    fn from(failure: amm_rows::Failure) -> Self {
        let remedy = failure.remedy().map(|remedy| remedy.to_string());
        let code = if matches!(failure, amm_rows::Failure::Input { .. }) { WRONG } else { 1 };
        Self { text: failure.to_string(), remedy, code }
    }
}
