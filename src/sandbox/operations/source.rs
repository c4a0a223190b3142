//! Where a template comes from: the request's body, an object in a bucket, or the stack itself.

use super::super::language::Template;
use super::super::refusal::Refusal;
use super::super::stack::{Stack, Wish};
use super::Call;

const NEITHER: &str = "Either Template URL or Template Body must be specified.";

impl Call<'_> {
    /// The template of the request; `previous` is the stack whose own one may be used again.
    pub(super) fn template(&self, previous: Option<&Stack>) -> Result<String, Refusal> {
        if let Some(given) = &self.given {
            return Ok(given.clone());
        }
        let (body, url) = (self.input.text("TemplateBody"), self.input.text("TemplateURL"));
        match (body, url, self.input.flag("UsePreviousTemplate")?) {
            (Some(body), None, None | Some(false)) => Ok(body.to_owned()),
            (None, Some(url), None | Some(false)) => self.fetched(url),
            (None, None, Some(true)) => {
                let stack = previous.and_then(|stack| Some((stack, stack.wish.as_ref()?)));
                stack.map(|(stack, wish)| self.kept(stack, wish)).ok_or_else(|| Refusal::validation(NEITHER))
            }
            (None, None, _) => Err(Refusal::validation(NEITHER)),
            (Some(_), Some(_), _) => {
                Err(Refusal::validation("You cannot specify both TemplateURL and TemplateBody."))
            }
            _ => Err(Refusal::validation(
                "You cannot specify usePreviousTemplate as true together with a template body or URL.",
            )),
        }
    }

    /// The template that a stack keeps for its next update: of one with language extensions what they made of it, with
    /// the values its parameters had.
    fn kept(&self, stack: &Stack, wish: &Wish) -> String {
        let extended = Template::read(&wish.template)
            .is_ok_and(|template| template.transforms().iter().any(|name| name == "AWS::LanguageExtensions"));
        if extended { self.processed(stack, wish) } else { wish.template.clone() }
    }

    /// The text at an address in a bucket.
    pub(super) fn fetched(&self, url: &str) -> Result<String, Refusal> {
        self.world.text_at(url, &self.host)
    }
}
