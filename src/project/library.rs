//! The project's files, each read, parsed and understood once, with every mistake kept.

use crate::model::document::Document;
use crate::model::finding::{Finding, Severity};
use crate::model::place::Place;
use crate::project::codes;
use crate::project::files::Folder;
use crate::project::fit;
use crate::project::schema::accounts::{self, AccountEntry};
use crate::project::schema::blueprint::{self, Blueprint};
use crate::project::schema::environment::{self, EnvironmentFile};
use crate::project::schema::project::{self, ProjectFile};
use crate::template::document;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The accounts' file.
pub const ACCOUNTS: &str = "environments/accounts.yaml";

/// The files of a project as they are understood.
pub struct Library {
    /// The disk.
    pub folder: Arc<dyn Folder>,
    /// Every mistake so far.
    pub findings: Vec<Finding>,
    /// The names of all environments, sorted.
    pub names: Vec<String>,
    environments: BTreeMap<String, Option<Arc<EnvironmentFile>>>,
    blueprints: BTreeMap<String, Option<Arc<Blueprint>>>,
    accounts: Option<Option<Arc<Vec<AccountEntry>>>>,
}

impl Library {
    /// A library of a project's files.
    pub fn new(folder: &Arc<dyn Folder>) -> Self {
        let mut library = Self {
            folder: folder.clone(),
            findings: Vec::new(),
            names: Vec::new(),
            environments: BTreeMap::new(),
            blueprints: BTreeMap::new(),
            accounts: None,
        };
        match environment_names(&**folder) {
            Ok(names) => library.names = names,
            Err(why) => library.findings.push(unreadable("environments", &why)),
        }
        library
    }

    /// `formwork.yaml`.
    pub fn project(&mut self) -> ProjectFile {
        let mut file = ProjectFile::default();
        if let Some(document) = self.document("formwork.yaml") {
            let (read, findings) = project::read(&document);
            self.findings.extend(findings);
            file = read;
        }
        file.sound = !file.name.is_empty();
        if !file.sound {
            file.name = "project".to_owned();
        }
        file
    }

    /// The accounts of `accounts.yaml`, nothing in it when there is no such file; none when it cannot be read.
    pub fn accounts(&mut self) -> Option<Arc<Vec<AccountEntry>>> {
        if let Some(known) = &self.accounts {
            return known.clone();
        }
        let there =
            self.folder.list("environments").is_ok_and(|paths| paths.iter().any(|path| path == ACCOUNTS));
        let accounts = match there {
            false => Some(Arc::default()),
            true => self.document(ACCOUNTS).map(|document| {
                let (read, findings) = accounts::read(&document);
                self.findings.extend(findings);
                Arc::new(read)
            }),
        };
        self.accounts.insert(accounts).clone()
    }

    /// An environment's file; none when it cannot be read, which is told.
    pub fn environment(&mut self, name: &str) -> Option<Arc<EnvironmentFile>> {
        if let Some(known) = self.environments.get(name) {
            return known.clone();
        }
        let path = self.environment_path(name);
        let file = self.document(&path).map(|document| {
            let (file, findings) = environment::read(name, &document);
            self.findings.extend(findings);
            Arc::new(file)
        });
        self.environments.insert(name.to_owned(), file.clone());
        file
    }

    /// The blueprint of a name; none when it cannot be read, which is told at the place that names it.
    pub fn blueprint(&mut self, name: &str, place: Option<&Place>) -> Option<Arc<Blueprint>> {
        if let Some(known) = self.blueprints.get(name) {
            return known.clone();
        }
        let known = blueprint_names(&*self.folder);
        let folder = format!("templates/{name}");
        let blueprint = match (known.iter().any(|known| known == name), place) {
            (false, Some(place)) => {
                self.findings.push(no_blueprint(name, place, &known));
                None
            }
            _ => self.document(&format!("{folder}/blueprint.yaml")).map(|document| {
                let (blueprint, findings) = blueprint::read(name, &folder, &document);
                self.findings.extend(findings);
                self.findings.extend(fit::defaults(&blueprint));
                Arc::new(blueprint)
            }),
        };
        self.blueprints.insert(name.to_owned(), blueprint.clone());
        blueprint
    }

    /// Reads every file, so that all mistakes are told.
    pub fn read_all(&mut self) {
        self.accounts();
        for name in self.names.clone() {
            self.environment(&name);
        }
        for name in blueprint_names(&*self.folder) {
            self.blueprint(&name, None);
        }
    }

    /// The environment that a word in an environment's file means: one beside it, or one by its whole name.
    pub fn resolve(&self, base: &str, word: &str) -> Option<String> {
        let beside = match base.rsplit_once('/') {
            Some((folder, _)) => format!("{folder}/{word}"),
            None => word.to_owned(),
        };
        [beside.as_str(), word]
            .into_iter()
            .find(|name| self.names.iter().any(|known| known == name))
            .map(str::to_owned)
    }

    fn environment_path(&self, name: &str) -> String {
        let path = format!("environments/{name}.yaml");
        match self.folder.read(&path) {
            Ok(_) => path,
            Err(_) if self.folder.read(&format!("environments/{name}.yml")).is_ok() => {
                format!("environments/{name}.yml")
            }
            Err(_) => path,
        }
    }

    fn document(&mut self, path: &str) -> Option<Arc<Document>> {
        let source = match self.folder.read(path) {
            Ok(source) => source,
            Err(why) => {
                self.findings.push(unreadable(path, &why));
                return None;
            }
        };
        match document::load(&source) {
            Ok(document) => Some(Arc::new(document)),
            Err(findings) => {
                self.findings.extend(findings);
                None
            }
        }
    }
}

/// The names of all environments, sorted.
pub fn environment_names(folder: &dyn Folder) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for path in folder.list("environments")? {
        let name = path.strip_prefix("environments/").unwrap_or(&path);
        let name = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
        names.extend(name.filter(|_| path != ACCOUNTS).map(str::to_owned));
    }
    names.sort();
    names.dedup();
    Ok(names)
}

fn blueprint_names(folder: &dyn Folder) -> Vec<String> {
    let paths = folder.list("templates").unwrap_or_default();
    let name = |path: &String| {
        path.strip_prefix("templates/")
            .and_then(|path| path.strip_suffix("/blueprint.yaml"))
            .map(str::to_owned)
    };
    paths.iter().filter_map(name).collect()
}

fn no_blueprint(name: &str, place: &Place, known: &[String]) -> Finding {
    let near = crate::model::nearest::nearest(name, known.iter().map(String::as_str));
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it would be the file `templates/{name}/blueprint.yaml`"),
    };
    Finding::error(codes::NO_BLUEPRINT, format!("there is no blueprint `{name}`"), place.clone()).help(help)
}

/// The finding for a file that cannot be read; it has no place to show.
pub fn unreadable(path: &str, why: &str) -> Finding {
    without_place(codes::UNREADABLE, format!("`{path}` cannot be read: {why}"))
}

/// An error that stands in no file.
pub fn without_place(code: &'static str, message: String) -> Finding {
    Finding {
        code,
        severity: Severity::Error,
        message,
        place: None,
        label: String::new(),
        related: Vec::new(),
        help: None,
        subject: None,
    }
}
