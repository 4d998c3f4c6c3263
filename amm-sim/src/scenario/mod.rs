//! Scenario files: what happens, which designs are compared, and how thoroughly.
//!
//! A file is TOML: the keys of [`Scenario`], a list `designs` and a table `[experiment]`. Every error
//! says where and what to do. Values can be overridden by path before anything is checked.
//!
//! ```
//! use amm_sim::scenario::{Source, builtin};
//!
//! let stress = builtin("stress").unwrap();
//! let mut source = Source::read(stress.text, "stress.toml")?;
//! source.set("blocks=500")?;
//! source.set("designs.dynamic.params.gain.theta=0.5")?;
//! assert_eq!(source.scenario()?.blocks, 500);
//!
//! source.set("market.spto=2000")?;
//! let error = source.scenario().unwrap_err();
//! assert_eq!(error.to_string(), "--set market.spto=2000: market.spto: there is no such key");
//! assert_eq!(error.remedy, "did you mean `spot`?");
//! # Ok::<(), amm_sim::scenario::ScenarioError>(())
//! ```

mod blame;
mod builtin;
mod designs;
mod error;
mod fault;
mod keys;
mod plan;
mod read;
mod schema;
mod set;
mod shape;
mod tree;

pub use builtin::{BUILTIN, Builtin, EXAMPLE, builtin};
pub use error::ScenarioError;
pub use plan::written_plan;
pub use schema::schema;

use amm_loop::pool::Design;
use amm_loop::scenario::Scenario;
use amm_loop::spot::Process;
use amm_loop::world::{Setting, World};
use serde::Serialize;
use serde::de::DeserializeOwned;

use error::Text;
use tree::{Node, Step, Value};

/// A scenario file that has been read as TOML, with what was overridden.
#[derive(Clone, Debug)]
pub struct Source {
    file: String,
    text: String,
    root: Node,
}

/// The key of a file that says how thoroughly it is run.
const EXPERIMENT: &str = "experiment";

impl Source {
    /// Reads a file's text, which messages call `file`.
    ///
    /// # Errors
    ///
    /// The text is no TOML.
    pub fn read(text: &str, file: &str) -> Result<Self, ScenarioError> {
        let root = Node::file(text).map_err(|broken| ScenarioError {
            place: Text { file, text }.at(broken.span.start),
            key: String::new(),
            reason: broken.reason,
            remedy: "see https://toml.io, or `amm-sim run --print-example`".to_owned(),
        })?;
        Ok(Self { file: file.to_owned(), text: text.to_owned(), root })
    }

    /// As it was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What messages call it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Overrides a value: `market.depth.base=2e8`, `agents.0.per_day=96`,
    /// `designs.dynamic.params.gain.theta=0.5`. Items of a list go by number from 0, or by their name or
    /// kind if only one has it.
    ///
    /// # Errors
    ///
    /// No `=`, or a path that leads nowhere. Whether the key is known shows when the file is used.
    pub fn set(&mut self, assignment: &str) -> Result<(), ScenarioError> {
        let (key, value) = set::split(assignment)?;
        set::set(&mut self.root, key, value)
    }

    /// The scenario, checked.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong in it.
    pub fn scenario(&self) -> Result<Scenario, ScenarioError> {
        let scenario = self.part(&self.root)?;
        let static_pool = Design::static_pool();
        if let Some(reason) = refusal(&scenario, &static_pool) {
            let other = |root: &Node| match self.part(root) {
                Ok(scenario) => refusal(&scenario, &static_pool),
                Err(error) => Some(error.reason),
            };
            return Err(self.blamed(&self.root, &[], reason, &other));
        }
        Ok(scenario)
    }

    /// The designs that are compared, the baseline first, each checked in the scenario.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong in one.
    pub fn designs(&self) -> Result<Vec<Design>, ScenarioError> {
        let scenario = self.scenario()?;
        let mut root = self.root.clone();
        let expanded = designs::expand(&mut root);
        expanded.map_err(|fault| self.text_of().fault(&root, &fault))?;
        let list = [Step::Key(designs::KEY.to_owned())];
        let designs: Vec<Design> =
            read::read(&root, &list).map_err(|fault| self.text_of().fault(&root, &fault))?;
        for (place, design) in designs.iter().enumerate() {
            let Some(reason) = refusal(&scenario, design) else { continue };
            let path = designs::path(place);
            let other = |root: &Node| match read::read(root, &path) {
                Ok(design) => refusal(&scenario, &design),
                Err(fault) => Some(fault.to_string()),
            };
            return Err(self.blamed(&root, &path, reason, &other));
        }
        Ok(designs)
    }

    /// The table `[experiment]`, or its default if there is none.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong in it.
    pub fn experiment<T: DeserializeOwned + Default>(&self) -> Result<T, ScenarioError> {
        if self.root.get(EXPERIMENT).is_none() {
            return Ok(T::default());
        }
        let path = [Step::Key(EXPERIMENT.to_owned())];
        read::read(&self.root, &path).map_err(|fault| self.text_of().fault(&self.root, &fault))
    }

    /// A refusal of the table `[experiment]` or of the whole by `check`, at the key that causes it.
    ///
    /// # Errors
    ///
    /// The refusal.
    pub fn check(&self, check: &dyn Fn(&Self) -> Result<(), String>) -> Result<(), ScenarioError> {
        let Err(reason) = check(self) else { return Ok(()) };
        let other = |root: &Node| check(&Self { root: root.clone(), ..self.clone() }).err();
        let path = match self.root.get(EXPERIMENT) {
            Some(_) => vec![Step::Key(EXPERIMENT.to_owned())],
            None => Vec::new(),
        };
        Err(self.blamed(&self.root, &path, reason, &other))
    }

    /// An error about a key of the file, for what is found wrong with it elsewhere.
    pub fn error(&self, key: &str, reason: impl ToString, remedy: impl ToString) -> ScenarioError {
        let steps = key.split('.').map(|word| match word.parse() {
            Ok(place) => Step::Item(place),
            Err(_) => Step::Key(word.to_owned()),
        });
        self.text_of().error(&self.root, &steps.collect::<Vec<_>>(), reason, remedy)
    }

    fn text_of(&self) -> Text<'_> {
        Text { file: &self.file, text: &self.text }
    }

    /// A tree without what is no scenario's.
    fn part(&self, root: &Node) -> Result<Scenario, ScenarioError> {
        let mut root = root.clone();
        root.take(designs::KEY);
        root.take(EXPERIMENT);
        read::read(&root, &[]).map_err(|fault| self.text_of().fault(&root, &fault))
    }

    /// A refusal, at the key that causes it.
    fn blamed(
        &self,
        root: &Node,
        under: &[Step],
        reason: String,
        refusal: &dyn Fn(&Node) -> Option<String>,
    ) -> ScenarioError {
        let path = blame::blame(root, under, refusal).unwrap_or_else(|| under.to_vec());
        let reason = match root.follow(&path).map(|node| &node.value) {
            Some(Value::Text(text) | Value::Number(text, _)) if !reason.contains(text.as_str()) => {
                format!("{reason}; this is {}", keys::shown(text))
            }
            _ => reason,
        };
        self.text_of().refused(root, &path, reason)
    }
}

/// A file that says all of this.
pub fn written<T: Serialize>(
    scenario: &Scenario,
    designs: &[Design],
    experiment: &T,
) -> Result<String, toml::ser::Error> {
    #[derive(Serialize)]
    struct Rest<'a, T> {
        experiment: &'a T,
        designs: &'a [Design],
    }
    let (first, rest) =
        (toml::to_string(scenario)?, toml::to_string(&Rest { experiment, designs })?);
    Ok(format!("{first}\n{rest}"))
}

/// Why a world of this scenario and design cannot be made.
fn refusal(scenario: &Scenario, design: &Design) -> Option<String> {
    if let Process::Recorded { returns } = &scenario.market.process
        && returns.len() < scenario.blocks as usize
    {
        let (has, needs) = (returns.len(), scenario.blocks);
        return Some(format!("{has} recorded returns do not last for {needs} blocks"));
    }
    World::new(scenario, design, &Setting::default(), 0).err().map(|error| error.to_string())
}
