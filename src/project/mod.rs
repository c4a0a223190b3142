//! A project on disk: its files, what they mean, and the environments that are assembled from them.
//!
//! `files` reads, `schema` is what is written, `resolved` what that means, `poured` the values in an account and a
//! region, `expand` the stacks, `inputs` their parameters, `assemble` all of it, `explain` the way back.

mod assemble;
pub mod codes;
mod evaluate;
mod expand;
mod exposed;
pub mod explain;
pub mod files;
mod fit;
mod inputs;
mod layers;
mod library;
mod places;
mod poured;
mod references;
mod rendering;
mod resolved;
mod schema;
mod select;
mod settings;
mod stack_settings;
mod unique;
mod unused;

pub use explain::{Chain, Explanation, LayerLine};
pub use schema::project::Limits;

use crate::model::environment::Assembly;
use crate::model::finding::{Finding, Severity};
use crate::model::place::{Place, Source};
use crate::model::stack::StackAddress;
use crate::project::assemble::Workshop;
use crate::project::expand::Expanded;
use crate::project::files::{Disk, Folder};
use crate::project::library::{Library, without_place};
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A project whose files have been found; mistakes in them are told when they are assembled.
pub struct Project {
    root: PathBuf,
    folder: Arc<dyn Folder>,
}

/// What assembling gives: whatever could be assembled, and every mistake of every file.
pub struct Assembled {
    /// The environments, as far as they could be made; incomplete when there are errors.
    pub assembly: Assembly,
    /// Mistakes and remarks, sorted by file and place.
    pub findings: Vec<Finding>,
    /// How many stacks may be worked on at once.
    pub limits: Limits,
    expanded: BTreeMap<String, Arc<Expanded>>,
    body_values: BTreeMap<String, Vec<String>>,
}

/// Why there is no project to work on.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// No `formwork.yaml` here or above.
    #[error("there is no `formwork.yaml` in `{0}` or in any folder above it")]
    NotFound(String),
    /// A name that matches no environment.
    #[error("there is no environment `{name}`")]
    NoSuchEnvironment {
        /// What was asked for.
        name: String,
        /// The nearest names.
        near: Vec<String>,
        /// All names.
        known: Vec<String>,
    },
    /// The disk refused.
    #[error("could not read `{path}`: {message}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        message: String,
    },
}

impl Project {
    /// Opens the project of a folder: the nearest one upwards that holds `formwork.yaml`.
    pub fn open(folder: &Path) -> Result<Self, ProjectError> {
        let Some(root) = files::nearest_folder_with(folder, "formwork.yaml") else {
            return Err(ProjectError::NotFound(folder.display().to_string()));
        };
        let disk = Disk::open(&root).map_err(|error| ProjectError::Unreadable {
            path: root.display().to_string(),
            message: error.to_string(),
        })?;
        Ok(Self { root: disk.root().to_owned(), folder: Arc::new(disk) })
    }

    /// The project's root.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The names of environments that the words mean: names, folders of them; all when there are no words.
    pub fn select(&self, words: &[String]) -> Result<Vec<String>, ProjectError> {
        let known = library::environment_names(&*self.folder)
            .map_err(|message| ProjectError::Unreadable { path: "environments".to_owned(), message })?;
        select::select(&known, words)
    }

    /// Assembles environments: layers, expressions, stacks × accounts × regions, rendered bodies.
    /// `settings` are the `--set key=value` pairs.
    pub fn assemble(&self, names: &[String], settings: &[(String, String)]) -> Assembled {
        let mut library = Library::new(&self.folder);
        let given = settings::read(settings, &mut library.findings);
        let everything = library.names.iter().all(|known| names.contains(known));
        let mut workshop = Workshop::new(library, names, given.clone());
        let assembly = workshop.assemble();
        if everything {
            workshop.library.read_all();
        }
        undeclared(&mut workshop, &given);
        let exposed = exposed::in_files(&workshop);
        workshop.library.findings.extend(exposed);
        let (body_values, unused) = unused::find(&mut workshop);
        // What nothing uses is a remark only where everything else is in order: a mistyped name leaves another unused.
        if workshop.library.findings.iter().all(|finding| finding.severity != Severity::Error) {
            workshop.library.findings.extend(unused);
        }
        Assembled {
            assembly,
            findings: sorted(std::mem::take(&mut workshop.library.findings)),
            limits: workshop.project.limits,
            expanded: workshop.expanded.into_iter().filter_map(|(name, one)| Some((name, one?))).collect(),
            body_values,
        }
    }

    /// The files of the project's own rules, `policies/*.guard`, sorted by name; nothing when there is no such folder.
    /// What cannot be read is told.
    pub fn policies(&self) -> (Vec<Arc<Source>>, Vec<Finding>) {
        let (mut policies, mut findings) = (Vec::new(), Vec::new());
        match self.folder.list("policies") {
            Ok(paths) => {
                for path in paths.iter().filter(|path| path.ends_with(".guard")) {
                    match self.folder.read(path) {
                        Ok(policy) => policies.push(policy),
                        Err(why) => findings.push(library::unreadable(path, &why)),
                    }
                }
            }
            Err(why) => findings.push(library::unreadable("policies", &why)),
        }
        (policies, findings)
    }

    /// Where a parameter of a stack (`web.DesiredCapacity`) or a value (`values.web_size.min`) of an environment came
    /// from.
    pub fn explain(
        &self,
        environment: &str,
        what: &str,
        settings: &[(String, String)],
    ) -> Result<Explanation, Vec<Finding>> {
        let assembled = self.assemble(&[environment.to_owned()], settings);
        explain::explain(&assembled, environment, what)
    }
}

impl Assembled {
    /// The places in files of environments whose values went into a stack: `"stack"` for its being there at all,
    /// `"body"`, `"parameters/NAME"`, `"tags/KEY"`, or the name of another key of the blueprint such as `"protect"`.
    pub fn places(&self, address: &StackAddress, subject: &str) -> Vec<Place> {
        places::places(&self.expanded, &self.body_values, address, subject)
    }
}

/// A `--set` of a value that no blueprint of the wanted environments declares.
fn undeclared(workshop: &mut Workshop, given: &[(String, crate::model::value::Value)]) {
    let blueprints: Vec<_> =
        workshop.expanded.values().flatten().map(|one| one.resolved.blueprint.clone()).collect();
    if blueprints.is_empty() {
        return;
    }
    for (path, _) in given {
        let name = path.split('.').next().unwrap_or_default();
        if blueprints.iter().all(|blueprint| blueprint.value(name).is_none()) {
            let names = blueprints
                .iter()
                .flat_map(|blueprint| &blueprint.values)
                .map(|entry| entry.name.name.as_str());
            let help = schema::reader::suggestion(name, names);
            let message = format!("`--set {path}=…`: the blueprint declares no value `{name}`");
            let finding = Finding { help: Some(help), ..without_place(codes::SETTING, message) };
            workshop.library.findings.push(finding);
        }
    }
}

/// A pattern of names that cannot be is told with the first name, not with each.
fn stack_names_once(findings: &mut Vec<Finding>) {
    let mut first: Vec<(Place, usize, usize)> = Vec::new();
    let mut index = 0;
    findings.retain(|finding| {
        let Some(place) = finding.place.as_ref().filter(|_| finding.code == codes::STACK_NAME) else {
            index += 1;
            return true;
        };
        if let Some(known) = first.iter_mut().find(|known| known.0 == *place) {
            known.2 += 1;
            return false;
        }
        first.push((place.clone(), index, 0));
        index += 1;
        true
    });
    for (_, index, others) in first.into_iter().filter(|(_, _, others)| *others > 0) {
        findings[index].message.push_str(&format!(" (and {others} more like it)"));
    }
}

/// Sorted by file and place, each told once however many stacks have it.
fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    let position = |finding: &Finding| {
        finding.place.as_ref().map(|place| (place.source.path.clone(), place.start, place.end))
    };
    let mut seen = HashSet::new();
    findings.retain(|finding| seen.insert((finding.code, position(finding), finding.message.clone())));
    stack_names_once(&mut findings);
    findings.sort_by_cached_key(|finding| (position(finding), finding.code));
    findings
}

#[cfg(test)]
mod tests;
