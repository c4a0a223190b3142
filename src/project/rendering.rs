//! Renders templates, once for all stacks whose scopes agree in what the template uses, and shares equal bodies.

use crate::model::finding::Finding;
use crate::model::place::{Place, Source};
use crate::model::stack::Body;
use crate::model::value::Value;
use crate::parallel;
use crate::project::codes;
use crate::project::evaluate::uses_one_of;
use crate::project::schema::reader::Named;
use crate::template::expression::Scope;
use crate::template::outline;
use crate::template::render::{Files, Renderer};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// A body and what it asks for.
#[derive(Clone)]
pub struct Rendered {
    /// The body.
    pub body: Arc<Body>,
    /// The capabilities it needs.
    pub capabilities: Vec<String>,
}

type Fingerprint = [u8; 32];

/// Renders and remembers.
pub struct Rendering {
    files: Arc<dyn Files>,
    renderer: Renderer,
    templates: HashMap<String, Option<Template>>,
    /// What was rendered ahead, with what is wrong in it still to be told.
    ahead: HashMap<(String, Fingerprint), Result<Rendered, Vec<Finding>>>,
    known: HashMap<(String, Fingerprint), Option<Rendered>>,
    shared: HashMap<(String, String), Rendered>,
}

#[derive(Clone)]
struct Template {
    source: Arc<Source>,
    /// The names it uses; none when they cannot be known.
    uses: Option<Arc<Vec<String>>>,
}

impl Rendering {
    /// Renders the templates of a project.
    pub fn new(files: &Arc<dyn Files>) -> Self {
        Self {
            files: files.clone(),
            renderer: Renderer::new(files.clone()),
            templates: HashMap::new(),
            ahead: HashMap::new(),
            known: HashMap::new(),
            shared: HashMap::new(),
        }
    }

    /// The body of a template for a scope; what is wrong is told once.
    pub fn render(
        &mut self,
        template: &Named,
        scope: &Scope,
        broken: &BTreeSet<String>,
        findings: &mut Vec<Finding>,
    ) -> Option<Rendered> {
        let read = self.template(template, findings)?;
        if !broken.is_empty() {
            let used = self.used_values(&read.source)?;
            if used.iter().any(|path| uses_one_of(path, broken)) {
                return None;
            }
        }
        let key = read.uses.map(|uses| (template.name.clone(), fingerprint(&uses, scope)));
        if let Some(known) = key.as_ref().and_then(|key| self.known.get(key)) {
            return known.clone();
        }
        let ahead = key.as_ref().and_then(|key| self.ahead.remove(key));
        let rendered = match ahead.unwrap_or_else(|| rendered(&self.renderer, &read.source, scope)) {
            Ok(rendered) => Some(self.share(rendered)),
            Err(told) => {
                findings.extend(told);
                None
            }
        };
        if let Some(key) = key {
            self.known.insert(key, rendered.clone());
        }
        rendered
    }

    /// Renders templates ahead, many at once; each of them has been `read`. What comes of them, and what is wrong with
    /// them, waits until it is asked for.
    pub fn render_ahead<'a>(&mut self, wanted: impl Iterator<Item = (&'a Named, &'a Scope)>) {
        let mut distinct = Vec::new();
        let mut seen = HashSet::new();
        for (template, scope) in wanted {
            let Some(Some(Template { source, uses: Some(uses) })) = self.templates.get(&template.name) else {
                continue;
            };
            let key = (template.name.clone(), fingerprint(uses, scope));
            if !self.known.contains_key(&key) && seen.insert(key.clone()) {
                distinct.push((key, source, scope));
            }
        }
        let results = parallel::map(&distinct, |(_, source, scope)| rendered(&self.renderer, source, scope));
        self.ahead = distinct.into_iter().map(|(key, ..)| key).zip(results).collect();
    }

    /// The paths of values that a template uses; none when they cannot be known.
    pub fn used_values(&self, template: &Arc<Source>) -> Option<Vec<String>> {
        let uses = self.renderer.used_names(template)?;
        let below = |name: &String| match name.as_str() {
            "values" => Some(String::new()),
            name => name.strip_prefix("values.").map(str::to_owned),
        };
        Some(uses.iter().filter_map(below).collect())
    }

    /// Tells of a template that cannot be read.
    pub fn read(&mut self, template: &Named, findings: &mut Vec<Finding>) {
        self.template(template, findings);
    }

    fn template(&mut self, template: &Named, findings: &mut Vec<Finding>) -> Option<Template> {
        if let Some(known) = self.templates.get(&template.name) {
            return known.clone();
        }
        let read = match self.files.read(&template.name) {
            Ok(source) => {
                let uses = self.renderer.used_names(&source).map(Arc::new);
                Some(Template { source, uses })
            }
            Err(why) => {
                findings.push(no_template(template, &why, &template.place));
                None
            }
        };
        self.templates.insert(template.name.clone(), read.clone());
        read
    }

    fn share(&mut self, rendered: Rendered) -> Rendered {
        let key = (rendered.body.template.clone(), rendered.body.sha256.clone());
        self.shared.entry(key).or_insert(rendered).clone()
    }
}

fn rendered(renderer: &Renderer, template: &Arc<Source>, scope: &Scope) -> Result<Rendered, Vec<Finding>> {
    let body = renderer.render(template, scope)?;
    let capabilities = outline::outline(&body.document).capabilities;
    let capabilities = capabilities.into_iter().map(str::to_owned).collect();
    Ok(Rendered { body: Arc::new(body), capabilities })
}

fn no_template(template: &Named, why: &str, place: &Place) -> Finding {
    let message = format!("the template `{}` cannot be read: {why}", template.name);
    Finding::error(codes::NO_TEMPLATE, message, place.clone())
}

/// What the scope holds for the names that a template uses, as a digest.
fn fingerprint(uses: &[String], scope: &Scope) -> Fingerprint {
    let mut digest = Sha256::new();
    for path in uses {
        let mut names = path.split('.');
        let mut value = names.next().and_then(|name| scope.get(name));
        for name in names {
            match value {
                Some(Value::Map(_)) => value = value.and_then(|value| value.get(name)),
                _ => break,
            }
        }
        match value {
            Some(value) => digest_value(value, &mut digest),
            None => digest.update(b"?"),
        }
    }
    digest.finalize().into()
}

/// Everything with its kind and its length, so that different values are different bytes.
fn digest_value(value: &Value, digest: &mut Sha256) {
    let text = |kind: u8, text: &str, digest: &mut Sha256| {
        digest.update([kind]);
        digest.update(text.len().to_le_bytes());
        digest.update(text);
    };
    match value {
        Value::Null => digest.update(b"0"),
        Value::Boolean(flag) => digest.update(if *flag { b"+" } else { b"-" }),
        Value::Number(number) => text(b'n', number, digest),
        Value::Text(words) => text(b't', words, digest),
        Value::List(items) => {
            digest.update(b"l");
            digest.update(items.len().to_le_bytes());
            items.iter().for_each(|item| digest_value(item, digest));
        }
        Value::Map(entries) => {
            digest.update(b"m");
            digest.update(entries.len().to_le_bytes());
            for (name, item) in entries {
                text(b'k', name, digest);
                digest_value(item, digest);
            }
        }
    }
}
