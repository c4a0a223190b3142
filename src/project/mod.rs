//! A project on disk: its files, what they mean, and the environments that are assembled from them.

pub mod files;

use crate::model::environment::Assembly;
use crate::model::finding::Finding;
use std::path::Path;

/// A project whose files have been found; mistakes in them are told when they are assembled.
pub struct Project {}

/// What assembling gives: whatever could be assembled, and every mistake of every file.
pub struct Assembled {
    /// The environments, as far as they could be made; incomplete when there are errors.
    pub assembly: Assembly,
    /// Mistakes and remarks.
    pub findings: Vec<Finding>,
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
    pub fn open(_folder: &Path) -> Result<Self, ProjectError> {
        todo!()
    }

    /// The project's root.
    pub fn root(&self) -> &Path {
        todo!()
    }

    /// The names of environments that the words mean: names, folders of them; all when there are no words.
    pub fn select(&self, _words: &[String]) -> Result<Vec<String>, ProjectError> {
        todo!()
    }

    /// Assembles environments: layers, expressions, stacks × accounts × regions, rendered bodies.
    /// `settings` are the `--set key=value` pairs.
    pub fn assemble(&self, _names: &[String], _settings: &[(String, String)]) -> Assembled {
        todo!()
    }
}
