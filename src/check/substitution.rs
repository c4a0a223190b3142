//! The placeholders of `Fn::Sub`: `${Name}`, `${Resource.Attribute}`, and `${!Literal}`, which is none.

/// One placeholder of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder<'a> {
    /// What stands between the braces, without blanks around it.
    pub name: &'a str,
    /// Where `${` begins in the text.
    pub start: usize,
    /// One past the closing brace.
    pub end: usize,
}

/// All placeholders of a text in their order. One that is not closed is left out: CloudFormation takes it as text.
pub fn placeholders(text: &str) -> Vec<Placeholder<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("${").map(|offset| at + offset) {
        let Some(end) = text[start..].find('}').map(|offset| start + offset + 1) else { break };
        let inside = &text[start + 2..end - 1];
        match inside.rfind("${") {
            Some(nested) => at = start + 2 + nested,
            None => {
                if !inside.starts_with('!') {
                    found.push(Placeholder { name: inside.trim(), start, end });
                }
                at = end;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let names: Vec<&str> = placeholders(text).iter().map(|found| found.name).collect();
        assert_eq!(names, expected, "{text}");
    }

    #[test]
    fn placeholders_are_found() {
        check("", &[]);
        check("a ${B} c ${D.E}", &["B", "D.E"]);
        check("${!Literal} ${AWS::Region}", &["AWS::Region"]);
        check("${ Spaced }", &["Spaced"]);
        check("${open", &[]);
        check("$ {no} $${Yes}", &["Yes"]);
        check("${}", &[""]);
        check("${outer ${Inner}}", &["Inner"]);
        check("é${É}", &["É"]);
    }
}
