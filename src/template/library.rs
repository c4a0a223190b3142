//! The compiled templates of one syntax: each file is read, marked and compiled once.

use crate::model::place::{Place, Source};
use crate::template::expression::Scope;
use crate::template::lines::{self, LineStarts};
use crate::template::markers::{Syntax, TagKind};
use crate::template::render::{Bounded, Files};
use crate::template::{engine, jinja, paths, session};
use minijinja::{Environment, Error, ErrorKind};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

/// A file as the engine has it.
pub(super) struct Loaded {
    /// The file as it was read.
    pub source: Arc<Source>,
    /// Its text with the marks of lines.
    pub prepared: String,
    starts: LineStarts,
    prepared_starts: LineStarts,
}

impl Loaded {
    fn new(source: Arc<Source>, syntax: Syntax, number: usize) -> Self {
        let text = match syntax {
            Syntax::House => source.text.clone(),
            Syntax::Jinja => jinja::protect(&source.text),
        };
        let prepared = lines::mark(&text, syntax, number);
        let starts = LineStarts::of(&source.text);
        let prepared_starts = LineStarts::of(&prepared);
        Self { source, prepared, starts, prepared_starts }
    }

    /// A range of the prepared text as a place in the file: marks stand only at ends of lines.
    pub fn place(&self, start: usize, end: usize) -> Place {
        let original = |at: usize| {
            let line = self.prepared_starts.line(at);
            self.starts.start(line) + (at - self.prepared_starts.start(line))
        };
        Place::new(&self.source, original(start), original(end))
    }

    /// A line of the prepared text, without its indentation and its mark.
    pub fn prepared_line(&self, line: usize) -> Range<usize> {
        let place = self.starts.place(&self.source, line);
        let text = place.text();
        let start = self.prepared_starts.start(line) + text.len() - text.trim_start().len();
        start..start + text.trim().len()
    }
}

#[derive(Default)]
struct Sources {
    by_path: HashMap<String, usize>,
    all: Vec<Arc<Loaded>>,
}

/// The compiled templates of one syntax.
pub(super) struct Library {
    syntax: Syntax,
    environment: Environment<'static>,
    sources: Arc<RwLock<Sources>>,
}

impl Library {
    /// A library that reads includes from here.
    pub fn new(syntax: Syntax, files: Arc<dyn Files>) -> Result<Self, Error> {
        let mut environment = engine::environment(syntax)?;
        let sources: Arc<RwLock<Sources>> = Arc::default();
        let joining = files.clone();
        environment.set_path_join_callback(move |name, parent| {
            // The loader is the one that can refuse: it is told by a character no path has.
            let refusal = |message: String| format!("\0{message}");
            paths::resolve(parent, name, joining.as_ref()).unwrap_or_else(refusal).into()
        });
        let known = sources.clone();
        environment.set_loader(move |name| load(syntax, name, &known, files.as_ref()).map(Some));
        Ok(Self { syntax, environment, sources })
    }

    /// The engine's environment.
    pub fn environment(&self) -> &Environment<'static> {
        &self.environment
    }

    /// Renders a template to text with marks and holes.
    pub fn render(&self, template: &Arc<Source>, scope: &Scope, most: usize) -> Result<String, Error> {
        remember(self.syntax, template, &self.sources);
        let compiled = self.environment.get_template(&template.path)?;
        let mut out = Bounded { bytes: Vec::with_capacity(template.text.len() * 2), most };
        compiled.render_captured_to(scope.context(), &mut out)?;
        // The engine writes text only.
        Ok(String::from_utf8(out.bytes).unwrap_or_default())
    }

    /// A file that was loaded.
    pub fn loaded(&self, path: &str) -> Option<Arc<Loaded>> {
        let sources = self.sources.read().unwrap_or_else(PoisonError::into_inner);
        sources.by_path.get(path).and_then(|at| sources.all.get(*at)).cloned()
    }

    /// A whole line of a file.
    pub fn line(&self, file: usize, line: usize) -> Option<Place> {
        let sources = self.sources.read().unwrap_or_else(PoisonError::into_inner);
        let loaded = sources.all.get(file)?;
        Some(loaded.starts.place(&loaded.source, line))
    }

    /// The names a template takes from its scope, without those of what it includes.
    pub fn own_names(&self, template: &Arc<Source>) -> Vec<String> {
        remember(self.syntax, template, &self.sources);
        let Ok(compiled) = self.environment.get_template(&template.path) else { return Vec::new() };
        let globals: BTreeSet<String> = self.environment.globals().map(|(name, _)| name.to_owned()).collect();
        let names = compiled.undeclared_variables(true);
        let text = &template.text;
        names
            .into_iter()
            .filter(|name| !globals.contains(name))
            .map(|name| without_method(name, text))
            .collect()
    }

    /// The names a template and all it includes take from their scope.
    pub fn used_names(&self, template: &Arc<Source>) -> Option<Vec<String>> {
        remember(self.syntax, template, &self.sources);
        let mut names = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![template.path.clone()];
        while let Some(path) = open.pop() {
            if !seen.insert(path.clone()) {
                continue;
            }
            self.environment.get_template(&path).ok()?;
            let loaded = self.loaded(&path)?;
            names.extend(self.own_names(&loaded.source));
            for name in self.included(&loaded.source.text)? {
                open.push(self.environment.get_template(&self.joined(&name, &path)).ok()?.name().to_owned());
            }
        }
        Some(names.into_iter().collect())
    }

    fn joined(&self, name: &str, parent: &str) -> String {
        match self.environment.get_template(parent) {
            Ok(template) => template
                .new_state()
                .get_template(name)
                .map_or_else(|_| "\0".to_owned(), |found| found.name().to_owned()),
            Err(_) => "\0".to_owned(),
        }
    }

    /// The paths a text includes or imports; none when one of them is not written out.
    fn included(&self, text: &str) -> Option<Vec<String>> {
        let mut statements: Vec<&str> = self
            .syntax
            .tags(text)
            .iter()
            .filter(|tag| tag.kind == TagKind::Statement)
            .map(|tag| &text[tag.inner.clone()])
            .collect();
        if self.syntax == Syntax::House {
            statements.extend(text.lines().filter_map(|line| line.trim_start().strip_prefix("#%")));
        }
        statements.into_iter().filter_map(included_path).collect()
    }
}

/// A path of names without a method that is called at its end: `values.tags.items()` uses all of `values.tags`.
pub(super) fn without_method(mut name: String, text: &str) -> String {
    if let Some((parent, last)) = name.rsplit_once('.')
        && text.match_indices(last).any(|(at, _)| text[at + last.len()..].trim_start().starts_with('('))
    {
        name.truncate(parent.len());
    }
    name
}

/// The path of a statement that includes something; some nothing when it is not a plain text in quotes.
fn included_path(statement: &str) -> Option<Option<String>> {
    let statement = statement.trim_start_matches(['-', '+']).trim();
    let (word, rest) = statement.split_once(char::is_whitespace)?;
    matches!(word, "include" | "import" | "from" | "extends").then(|| {
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''))?;
        let (path, after) = rest[1..].split_once(quote)?;
        let ends =
            after.trim_start().is_empty() || after.starts_with(char::is_whitespace) || after.starts_with('-');
        let follows = after.trim_start();
        let known = follows.is_empty()
            || follows.starts_with('-')
            || ["as ", "import ", "ignore ", "with ", "without "]
                .iter()
                .any(|word| follows.starts_with(word));
        (ends && known && !path.contains('\\')).then(|| path.to_owned())
    })
}

fn remember(syntax: Syntax, source: &Arc<Source>, sources: &RwLock<Sources>) -> usize {
    if let Some(&at) = sources.read().unwrap_or_else(PoisonError::into_inner).by_path.get(&source.path) {
        return at;
    }
    let mut sources = sources.write().unwrap_or_else(PoisonError::into_inner);
    let at = sources.all.len();
    sources.all.push(Arc::new(Loaded::new(source.clone(), syntax, at)));
    sources.by_path.insert(source.path.clone(), at);
    at
}

/// The marked text of a file, for the engine.
fn load(syntax: Syntax, name: &str, sources: &RwLock<Sources>, files: &dyn Files) -> Result<String, Error> {
    let refused = |message: String| {
        session::with(|session| session.refusal = Some(message.clone()));
        Error::new(ErrorKind::TemplateNotFound, message)
    };
    if let Some(message) = name.strip_prefix('\0') {
        return Err(refused(message.to_owned()));
    }
    let known = sources.read().unwrap_or_else(PoisonError::into_inner).by_path.get(name).copied();
    let at = match known {
        Some(at) => at,
        None => {
            if Syntax::of(name) != syntax {
                return Err(refused(format!(
                    "`{name}` has the other kind of markers: files named `*.j2` and others cannot be mixed"
                )));
            }
            let source =
                files.read(name).map_err(|message| refused(format!("could not read `{name}`: {message}")))?;
            if source.text.contains(crate::template::holes::is_reserved) {
                return Err(refused(format!("`{name}` holds characters that formwork keeps for itself")));
            }
            remember(syntax, &source, sources)
        }
    };
    let sources = sources.read().unwrap_or_else(PoisonError::into_inner);
    Ok(sources.all[at].prepared.clone())
}
