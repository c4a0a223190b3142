//! The XML of S3: documents as they are answered, and as they are sent.

use super::super::refusal::Refusal;
use super::super::request::Request;
use super::super::response::{Response, plain};
use super::super::xml;
use roxmltree::{Document, Node};

/// An answer with a document of this root.
pub(super) fn document(root: &str, content: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{content}</{root}>"
    );
    plain(200, "application/xml", body)
}

/// An element that holds a text.
pub(super) fn element(name: &str, text: &str) -> String {
    let mut out = format!("<{name}>");
    xml::escape(&mut out, text);
    out.push_str(&format!("</{name}>"));
    out
}

/// Reads the document that a request carries.
pub(super) fn read<T>(request: &Request, of: impl FnOnce(Node<'_, '_>) -> Option<T>) -> Result<T, Refusal> {
    let text = "The XML you provided was not well-formed or did not validate against our published schema";
    let malformed = || Refusal::new(400, "MalformedXML", text);
    let body = super::body::content(request)?;
    let body = std::str::from_utf8(&body).map_err(|_| malformed())?;
    let document = Document::parse(body).map_err(|_| malformed())?;
    of(document.root_element()).ok_or_else(malformed)
}

/// The text of an element in another.
pub(super) fn text(node: Node<'_, '_>, name: &str) -> Option<String> {
    let found = node.children().find(|child| child.tag_name().name() == name)?;
    Some(found.text().unwrap_or_default().to_owned())
}

/// The elements of a name in another.
pub(super) fn all<'a, 'b>(node: Node<'a, 'b>, name: &'static str) -> impl Iterator<Item = Node<'a, 'b>> {
    node.children().filter(move |child| child.tag_name().name() == name)
}
