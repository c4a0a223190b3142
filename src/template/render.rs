//! A template and a scope become a body: strict, bounded, with typed holes and the way back to the template's lines.

use crate::model::document::{Document, Kind, Node};
use crate::model::finding::Finding;
use crate::model::place::{Place, Source};
use crate::model::stack::Body;
use crate::template::diagnosis::{self, Spot};
use crate::template::expression::{self, Scope};
use crate::template::functions::hexadecimal;
use crate::template::library::{Library, Loaded};
use crate::template::markers::Syntax;
use crate::template::session::{self, Session};
use crate::template::splice::{self, Rendered};
use crate::template::{codes, convert, document, holes, jinja, lines};
use minijinja::{Error, ErrorKind};
use std::io;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// The most bytes a template may render to.
const MOST_BYTES: usize = 8 << 20;

/// Where templates, macros and files come from: paths from the project's root, already kept inside it.
pub trait Files: Send + Sync {
    /// The text of a file of the project; an error is a lower-case fragment that says why not.
    fn read(&self, path: &str) -> Result<Arc<Source>, String>;
}

/// Renders templates of one project, each compiled once.
pub struct Renderer {
    files: Arc<dyn Files>,
    house: OnceLock<Result<Library, String>>,
    jinja: OnceLock<Result<Library, String>>,
}

impl Renderer {
    /// Makes a renderer that reads macros and files from here.
    pub fn new(files: Arc<dyn Files>) -> Self {
        Self { files, house: OnceLock::new(), jinja: OnceLock::new() }
    }

    /// Renders a template. The same template and scope give the same bytes.
    pub fn render(&self, template: &Arc<Source>, scope: &Scope) -> Result<Body, Vec<Finding>> {
        let syntax = Syntax::of(&template.path);
        if !syntax.may_have_markers(&template.text) {
            return document::load(template).map(|document| body(document, template));
        }
        if let Some(finding) = refused(template, syntax) {
            return Err(vec![finding]);
        }
        let library = self
            .library(syntax)
            .map_err(|message| vec![Finding::error(codes::SYNTAX, message, Place::new(template, 0, 0))])?;
        let document = self.document(library, template, scope)?;
        Ok(body(document, template))
    }

    /// The dotted paths of all names a template and what it includes take from their scope, sorted; none when that
    /// cannot be known, because a path of an include is not written out.
    pub fn used_names(&self, template: &Arc<Source>) -> Option<Vec<String>> {
        let syntax = Syntax::of(&template.path);
        match syntax.may_have_markers(&template.text) {
            true => self.library(syntax).ok()?.used_names(template),
            false => Some(Vec::new()),
        }
    }

    fn library(&self, syntax: Syntax) -> Result<&Library, String> {
        let slot = match syntax {
            Syntax::House => &self.house,
            Syntax::Jinja => &self.jinja,
        };
        let made =
            slot.get_or_init(|| Library::new(syntax, self.files.clone()).map_err(|error| error.to_string()));
        made.as_ref().map_err(String::clone)
    }

    fn document(
        &self,
        library: &Library,
        template: &Arc<Source>,
        scope: &Scope,
    ) -> Result<Document, Vec<Finding>> {
        let (result, session) = session::run(&template.path, Some(self.files.clone()), || {
            let text = library.render(template, scope, MOST_BYTES)?;
            let values = session::with(|session| std::mem::take(&mut session.holes)).unwrap_or_default();
            session::with(|session| session.holes.clone_from(&values));
            Ok((text, values.iter().map(convert::from_engine).collect::<Vec<_>>()))
        });
        let (text, values) = result.map_err(|error| vec![told(library, template, &error, &session)])?;
        let rendered = rendered(library, template, &text);
        let (root, findings) = document::parse_with_holes(&rendered.source, !values.is_empty());
        let Some(root) = root.filter(|_| findings.is_empty()) else {
            return Err(named(splice::relocated(findings, &rendered), &values));
        };
        let rendered = Document { root, ..rendered };
        match values.is_empty() {
            true => Ok(rendered),
            false => {
                let json = template.path.trim_end_matches(".j2").ends_with(".json");
                splice::fill(&Rendered { document: &rendered, values: &values, json })
            }
        }
    }
}

/// Renders one template with a renderer of its own; many are rendered faster by one `Renderer`.
pub fn render(template: &Arc<Source>, scope: &Scope, files: &Arc<dyn Files>) -> Result<Body, Vec<Finding>> {
    Renderer::new(files.clone()).render(template, scope)
}

/// The paths of names under `values` that a template uses itself; a use of all of `values` is an empty path.
pub fn used_values(template: &Arc<Source>) -> Vec<String> {
    struct None;
    impl Files for None {
        fn read(&self, _: &str) -> Result<Arc<Source>, String> {
            Err("there is no such file".to_owned())
        }
    }
    let renderer = Renderer::new(Arc::new(None));
    let syntax = Syntax::of(&template.path);
    let Ok(library) = renderer.library(syntax) else { return Vec::new() };
    let mut used: Vec<String> =
        library.own_names(template).iter().filter_map(|name| expression::below_values(name)).collect();
    used.sort();
    used.dedup();
    used
}

fn body(document: Document, template: &Arc<Source>) -> Body {
    let sha256 = hexadecimal(document.source.text.as_bytes());
    Body { sha256, document, template: template.path.clone() }
}

/// What must not stand in a template: characters that would be taken for holes, and in Jinja's syntax what it would
/// swallow in silence.
fn refused(template: &Arc<Source>, syntax: Syntax) -> Option<Finding> {
    if let Some(at) = jinja::shell_length(&template.text).filter(|_| syntax == Syntax::Jinja) {
        let place = Place::new(template, at, at + 3);
        let finding = Finding::error(codes::COLLISION, "`${#` of a shell opens a comment of Jinja", place);
        return Some(finding.label("the rest would be swallowed").help(JINJA_HELP));
    }
    let (at, each) = template.text.char_indices().find(|(_, each)| holes::is_reserved(*each))?;
    let place = Place::new(template, at, at + each.len_utf8());
    let finding = Finding::error(
        codes::RESERVED,
        format!("the character U+{:04X} cannot stand in a template", each as u32),
        place,
    );
    Some(finding.help("it is of the private use area, where formwork keeps marks of its own: remove it"))
}

/// Rendered text as a document without a tree.
fn rendered(library: &Library, template: &Arc<Source>, text: &str) -> Document {
    let (text, origins) = lines::strip(text);
    let text = jinja::restore(text);
    let lines = origins.iter().map(|origin| {
        let (file, line) = origin.unwrap_or_default();
        library.line(file, line).unwrap_or_else(|| Place::new(template, 0, 0))
    });
    let lines: Vec<Place> = lines.collect();
    let root = Node { kind: Kind::Alias, tag: None, start: 0, end: 0 };
    Document { root, source: Arc::new(Source { path: template.path.clone(), text }), lines }
}

/// An error of the engine at the template's line.
fn told(library: &Library, template: &Arc<Source>, error: &Error, session: &Session) -> Finding {
    let error = innermost(error);
    let loaded =
        error.name().and_then(|name| library.loaded(name)).or_else(|| library.loaded(&template.path));
    let Some(loaded) = loaded else {
        return Finding::error(codes::SYNTAX, error.to_string(), Place::new(template, 0, 0));
    };
    let range = error_range(error, &loaded);
    let place = |part: Range<usize>| loaded.place(range.start + part.start, range.start + part.end);
    let text = loaded.prepared.get(range.clone()).unwrap_or_default();
    let finding = diagnosis::finding(error, library.environment(), &Spot { text, place: &place }, session);
    let line = error.line().map(|line| loaded.prepared_line(line.saturating_sub(1)));
    let line = line.and_then(|line| loaded.prepared.get(line)).unwrap_or_default();
    match jinja::meant_for(line).filter(|_| Syntax::of(&loaded.source.path) == Syntax::Jinja) {
        Some(meant) => {
            Finding { code: codes::COLLISION, message: meant.to_owned(), ..finding }.help(JINJA_HELP)
        }
        None => finding,
    }
}

const JINJA_HELP: &str = "put it between `{% raw %}` and `{% endraw %}`, or name the file without `.j2` and use `<%= … %>`, which collides with nothing";

/// The error itself, not those of the includes that led to it.
fn innermost(error: &Error) -> &Error {
    let mut inner = error;
    while let Some(source) =
        std::error::Error::source(inner).and_then(|source| source.downcast_ref::<Error>())
    {
        if source.name().is_none() || source.kind() == ErrorKind::WriteFailure {
            break;
        }
        inner = source;
    }
    inner
}

/// The range of an error in the prepared text: its own, else its line without indentation.
fn error_range(error: &Error, loaded: &Loaded) -> Range<usize> {
    let known = error.range().filter(|range| range.end <= loaded.prepared.len() && range.start < range.end);
    known.unwrap_or_else(|| loaded.prepared_line(error.line().unwrap_or(1).saturating_sub(1)))
}

/// Findings whose words hold holes, with the values in their place.
fn named(findings: Vec<Finding>, values: &[Result<crate::model::value::Value, String>]) -> Vec<Finding> {
    let fill = |text: &str| {
        let pieces = holes::pieces(text).unwrap_or_default();
        let fill = |piece: holes::Piece<'_>| match piece {
            holes::Piece::Text(text) => text.to_owned(),
            holes::Piece::Hole(number, _) => {
                values.get(number).and_then(|value| value.as_ref().ok()?.as_text()).unwrap_or_default()
            }
        };
        pieces.into_iter().map(fill).collect::<String>()
    };
    findings.into_iter().map(|finding| Finding { message: fill(&finding.message), ..finding }).collect()
}

/// A writer that takes so many bytes and no more.
pub(super) struct Bounded {
    /// What was written.
    pub bytes: Vec<u8>,
    /// How many bytes it takes.
    pub most: usize,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.most {
            return Err(io::Error::other("too much"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::Value;
    use std::collections::HashMap;

    struct Folder(HashMap<String, Arc<Source>>);

    impl Files for Folder {
        fn read(&self, path: &str) -> Result<Arc<Source>, String> {
            self.0.get(path).cloned().ok_or_else(|| "there is no such file".to_owned())
        }
    }

    fn source(path: &str, text: &str) -> Arc<Source> {
        Arc::new(Source { path: path.to_owned(), text: text.to_owned() })
    }

    fn files(all: &[(&str, &str)]) -> Arc<dyn Files> {
        Arc::new(Folder(all.iter().map(|(path, text)| ((*path).to_owned(), source(path, text))).collect()))
    }

    fn scope(yaml: &str) -> Scope {
        let document = document::load(&source("scope.yaml", yaml)).unwrap();
        Scope::new(crate::template::meaning::value(&document.root))
    }

    const VALUES: &str = "
values:
  name: \"x\\\": [1]\\n    evil: true\"
  owner: '012345678901'
  version: 1.10
  size: 3
  yes_text: 'yes'
  on: true
  list: [a, 'no', 2, '']
  map: {k: v, l: [1]}
  lines: \"one\\ntwo: 2\\n  three\\n\"
  nothing: null
region: eu-west-1
";

    fn rendered(template: &str) -> Result<Body, Vec<Finding>> {
        let files = files(&[
            (
                "templates/a/macros.yaml",
                "#% macro tag(key, value)\n- Key: <%= key %>\n  Value: <%= value %>\n#% endmacro\n",
            ),
            ("templates/shared/part.yaml", "Part:\n  Region: <%= region %>\n"),
        ]);
        render(&source("templates/a/t.yaml", template), &scope(VALUES), &files)
    }

    fn check(template: &str, expected: &str) {
        match rendered(template) {
            Ok(body) => assert_eq!(body.text(), expected, "{template}"),
            Err(findings) => panic!("{template}: {findings:#?}"),
        }
    }

    fn check_error(template: &str, code: &str, place: &str, message: &str, help: &str) {
        let findings = match rendered(template) {
            Ok(body) => panic!("{template}: {}", body.text()),
            Err(findings) => findings,
        };
        let first = &findings[0];
        let shown = format!("{} {:?}", first.place.as_ref().unwrap(), first.place.as_ref().unwrap().text());
        assert_eq!(
            (first.code, shown.as_str(), first.message.as_str(), first.help.as_deref().unwrap_or_default()),
            (code, place, message, help),
            "{template}"
        );
    }

    #[test]
    fn whole_scalars_are_typed() {
        check("a: <%= values.owner %>\n", "a: \"012345678901\"\n");
        check("a: <%= values.version %> # kept\n", "a: 1.10 # kept\n");
        check("a: <%= values.size + 1 %>\n", "a: 4\n");
        check("a: <%= values.yes_text %>\n", "a: \"yes\"\n");
        check("a: <%= values.on %>\n", "a: true\n");
        check("a: '<%= values.on %>'\n", "a: \"true\"\n");
        check("a: <%= values.list %>\n", "a: [a, \"no\", 2, \"\"]\n");
        check("a: <%= values.map %>\n", "a: {k: v, l: [1]}\n");
        check("a: [<%= values.size %>, <%= values.map %>]\n", "a: [3, {k: v, l: [1]}]\n");
        check("a: <%= values.nothing %>\n", "a: null\n");
        check("a: !Sub <%= values.name %>\n", "a: !Sub \"x\\\": [1]\\n    evil: true\"\n");
    }

    #[test]
    fn parts_of_scalars_are_text() {
        check("a: p-<%= values.size %>\n", "a: p-3\n");
        check("a: 1<%= values.size %>\n", "a: \"13\"\n");
        check("a: \"x <%= values.name %>\"\n", "a: \"x x\\\": [1]\\n    evil: true\"\n");
        check("<%= region %>: 1\n", "eu-west-1: 1\n");
        check("a<%= values.size %>: 1\n", "a3: 1\n");
        check("# <%= values.lines %>\na: 1\n", "# one two: 2   three \na: 1\n");
        check(
            "a: |\n  x <%= values.lines %>\n  y\nb: 1\n",
            "a: |\n  x one\n  two: 2\n    three\n  \n  y\nb: 1\n",
        );
        check(
            "a: >\n  x <%= values.lines %>\n  y\n# c\nb: 1\n",
            "a: \"x one\\ntwo: 2\\n  three\\n y\\n\"\n# c\nb: 1\n",
        );
    }

    #[test]
    fn statements_macros_and_includes() {
        check(
            "a:\n#% for each in values.list\n  - <%= each %>\n#% endfor\n",
            "a:\n  - a\n  - \"no\"\n  - 2\n  - \"\"\n",
        );
        check(
            "#% import 'macros.yaml' as m\nTags:\n<%= m.tag('a', values.owner) %>",
            "Tags:\n- Key: a\n  Value: \"012345678901\"\n",
        );
        check(
            "#% import 'macros.yaml' as m\nTags:\n  <%= m.tag('a', 1) | indent(2) %>",
            "Tags:\n  - Key: a\n    Value: 1\n",
        );
        check("<% include 'shared/part.yaml' %>", "Part:\n  Region: eu-west-1\n");
        check("<%# nothing %>a: 1\n", "a: 1\n");
    }

    #[test]
    fn errors_stand_at_the_name() {
        check_error(
            "a: 1\nb: x-<%= values.sise %>\n",
            "FW0111",
            "templates/a/t.yaml:2:17 \"sise\"",
            "`values` has no `sise`",
            "did you mean `size`?",
        );
        check_error(
            "b: <%= vlues.size %>\n",
            "FW0111",
            "templates/a/t.yaml:1:8 \"vlues\"",
            "there is no name `vlues`",
            "did you mean `values`?",
        );
        check_error(
            "b: <%= values.name | uper %>\n",
            "FW0112",
            "templates/a/t.yaml:1:22 \"uper\"",
            "there is no filter `uper`",
            "did you mean `upper`?",
        );
        check_error(
            "b: x<%= values.list %>\n",
            "FW0114",
            "templates/a/t.yaml:1:5 \"<%= values.list %>\"",
            "a list cannot stand inside text",
            "let the expression be the whole value, without quotes, or make text of it with `| join(\",\")` or `| to_json`",
        );
        check_error(
            "b: <% if %>\n",
            "FW0110",
            "templates/a/t.yaml:1:10 \"%>\"",
            "this cannot be read: it ends too early",
            "an expression is cut off, or a block such as `if` or `for` has no end",
        );
    }

    fn check_jinja(template: &str, expected: Result<&str, (&str, &str)>) {
        let result = render(&source("templates/a/t.yaml.j2", template), &scope(VALUES), &files(&[]));
        match (result, expected) {
            (Ok(body), Ok(expected)) => assert_eq!(body.text(), expected, "{template}"),
            (Err(findings), Err((code, place))) => {
                let first = &findings[0];
                assert_eq!(
                    (first.code, first.place.as_ref().unwrap().to_string().as_str()),
                    (code, place),
                    "{findings:#?}"
                );
            }
            (result, _) => panic!("{template}: {result:#?}"),
        }
    }

    #[test]
    fn classic_markers() {
        check_jinja("a: {{ values.owner }}\n", Ok("a: \"012345678901\"\n"));
        check_jinja(
            "a: '{{resolve:ssm:/x/{{ region }}:1}}'\n",
            Ok("a: \"{{resolve:ssm:/x/eu-west-1:1}}\"\n"),
        );
        check_jinja(
            "a: '{{resolve:ssm:/x:1}}' # {{ region }}\n",
            Ok("a: '{{resolve:ssm:/x:1}}' # eu-west-1\n"),
        );
        check_jinja(
            "{% for x in values.list %}\n- {{ x }}\n{% endfor %}",
            Ok("\n- a\n\n- \"no\"\n\n- 2\n\n- \"\"\n"),
        );
        check_jinja("a: 1\nb: '{{ InstanceIds }}'\n", Err(("FW0118", "templates/a/t.yaml.j2:2:8")));
        check_jinja("a: 1\nb: '{% $states.input %}'\n", Err(("FW0118", "templates/a/t.yaml.j2:2:8")));
        check_jinja("a: 1\nb: ${#list}\n", Err(("FW0118", "templates/a/t.yaml.j2:2:4")));
        check_jinja("a: '{{resolve:x:y}}'\nb: {{ regio }}\n", Err(("FW0111", "templates/a/t.yaml.j2:2:7")));
        check_jinja("a: '{{resolve:x:y}} {{ regio }}'\n", Err(("FW0111", "templates/a/t.yaml.j2:1:24")));
    }

    #[test]
    fn json_templates() {
        let check = |template: &str, expected: &str| {
            let body = render(&source("templates/a/t.json", template), &scope(VALUES), &files(&[]));
            assert_eq!(
                body.map(|body| body.text().to_owned()).map_err(|findings| format!("{findings:#?}")),
                Ok(expected.to_owned())
            );
        };
        check("{\"a\": \"<%= values.name %>\"}", "{\"a\": \"x\\\": [1]\\n    evil: true\"}");
        check("{\"a\": \"<%= values.list %>\"}", "{\"a\": [\"a\",\"no\",2,\"\"]}");
        check(
            "{\"a\": <%= values.map %>, \"b\": [<%= values.on %>]}",
            "{\"a\": {\"k\":\"v\",\"l\":[1]}, \"b\": [true]}",
        );
        check("{\"<%= region %>\": 1}", "{\"eu-west-1\": 1}");
        check("{\"a\":\t1,\n\t\"b\": \"\\/\\ud83d\\ude00\"}", "{\"a\":\t1,\n\t\"b\": \"\\/\\ud83d\\ude00\"}");
    }

    #[test]
    fn bounded_and_inside_templates() {
        let check = |template: &str, code: &str, part: &str| {
            let findings = rendered(template).map(|body| body.text().len()).unwrap_err();
            let first = &findings[0];
            assert!(first.code == code && first.message.contains(part), "{template}: {findings:#?}");
        };
        check(
            "#% for a in range(100000)\n#% for b in range(100000)\n#% set c = 1\n#% endfor\n#% endfor\na: 1\n",
            "FW0115",
            "never comes to an end",
        );
        check(
            "#% for a in range(100000)\n# <%= 'x' * 1000 %> padding padding padding padding padding padding padding padding padding padding padding\n#% endfor\n",
            "FW0115",
            "8 MiB",
        );
        check("#% macro m()\n<%= m() %>\n#% endmacro\n<%= m() %>\n", "FW0115", "without end");
        check("<% include '../../formwork.yaml' %>", "FW0116", "leaves the folder");
        check("<% include '/etc/passwd' %>", "FW0116", "no path inside");
        check("<% include 'missing.yaml' %>", "FW0116", "could not read `templates/a/missing.yaml`");
        check("<% include 'x.j2' %>", "FW0116", "markers");
        check("a: <%= file('../../../etc/passwd') %>", "FW0113", "leaves the folder");
        check("a: <%= values.name | safe %>", "FW0117", "never pasted");
        check("a: <%= values.name | e %>", "FW0117", "never pasted");
        check("a: \u{e000}<%= values.name %>", "FW0119", "U+E000");
        check("a: <%= artifact('x') %>", "FW0113", "not available");
    }

    #[test]
    fn names_that_are_used() {
        let renderer = Renderer::new(files(&[(
            "templates/a/macros.yaml",
            "#% macro tag(key)\n<%= key %>: <%= values.size %>\n#% endmacro\n",
        )]));
        let check = |text: &str, expected: Option<&[&str]>| {
            let path = format!("templates/a/{}.yaml", text.len());
            let names = renderer.used_names(&source(&path, text));
            assert_eq!(
                names,
                expected.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
                "{text}"
            );
        };
        check("a: 1", Some(&[]));
        check("a: <%= values.b.c %><%= region %>", Some(&["region", "values.b.c"]));
        check(
            "#% from 'macros.yaml' import tag\n<%= tag(account.id) %>",
            Some(&["account.id", "values.size"]),
        );
        check("#% for x in values.list\n<%= x.y %>\n#% endfor\n", Some(&["values.list"]));
        check("<%= values[region] %>..", Some(&["region", "values"]));
        check("<%= values.m.get(region) %>...", Some(&["region", "values.m"]));
        check("<% include values.path %>.", None);
        assert_eq!(used_values(&source("t.yaml", "a: <%= values.b.c %> <%= values | items %>")), ["", "b.c"]);
    }

    #[test]
    fn lines_lead_back_to_the_template() {
        let body = rendered("a:\n#% for each in values.list\n  - x\n  - <%= each %>\n#% endfor\n<% include 'shared/part.yaml' %>").unwrap();
        let places: Vec<String> = body.document.lines.iter().map(|line| line.to_string()).collect();
        assert_eq!(
            places[..4],
            [
                "templates/a/t.yaml:1:1",
                "templates/a/t.yaml:3:1",
                "templates/a/t.yaml:4:1",
                "templates/a/t.yaml:3:1"
            ]
        );
        assert_eq!(places[9], "templates/shared/part.yaml:1:1");
        let _ = Value::Null;
    }
}
