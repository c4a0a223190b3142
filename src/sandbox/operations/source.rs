//! Where a template comes from: the request's body, an object in a bucket, or the stack itself.

use super::super::refusal::Refusal;
use super::super::stack::Stack;
use super::Call;

/// The longest template in a request, in bytes.
const BODY_BYTES: usize = 51_200;
const NEITHER: &str = "Either Template URL or Template Body must be specified.";

impl Call<'_> {
    /// The template of the request; `previous` is the stack whose own one may be used again.
    pub(super) fn template(&self, previous: Option<&Stack>) -> Result<String, Refusal> {
        if let Some(given) = &self.given {
            return Ok(given.clone());
        }
        let (body, url) = (self.input.text("TemplateBody"), self.input.text("TemplateURL"));
        match (body, url, self.input.flag("UsePreviousTemplate")?) {
            (Some(body), None, None | Some(false)) => sized(body),
            (None, Some(url), None | Some(false)) => self.fetched(url),
            (None, None, Some(true)) => {
                let wish = previous.and_then(|stack| stack.wish.as_ref());
                wish.map(|wish| wish.template.clone()).ok_or_else(|| Refusal::validation(NEITHER))
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

    /// The text at an address in a bucket.
    pub(super) fn fetched(&self, url: &str) -> Result<String, Refusal> {
        self.world.text_at(url, &self.host)
    }
}

fn sized(body: &str) -> Result<String, Refusal> {
    if body.is_empty() {
        return Err(Refusal::constraint(
            Some(""),
            "templateBody",
            "Member must have length greater than or equal to 1",
        ));
    }
    if body.len() > BODY_BYTES {
        let text = format!("Member must have length less than or equal to {BODY_BYTES}");
        return Err(Refusal::constraint(Some(body), "templateBody", &text));
    }
    Ok(body.to_owned())
}
