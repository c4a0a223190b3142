//! The phrases that mean something and for which the service has no code of its own.

/// What does not exist, if that is what an error says. Anchored at both ends: other errors quote texts too.
pub(in crate::aws) fn absent(code: &str, message: &str) -> Option<String> {
    let between = |start: &str, end: &str| message.strip_prefix(start)?.strip_suffix(end);
    match code {
        "ValidationError" | "ValidationException" => {
            // DescribeStacks, GetTemplate, ListStackResources and the policy; events and change sets; resources.
            let stack = between("Stack with id ", " does not exist")
                .or_else(|| between("Stack [", "] does not exist"))
                .or_else(|| between("Stack '", "' does not exist"))
                .or_else(|| between("Stack with name '", "' does not exist"))?;
            Some(format!("stack `{stack}`"))
        }
        "ChangeSetNotFound" | "ChangeSetNotFoundException" => {
            let name = between("ChangeSet [", "] does not exist").unwrap_or("?");
            Some(format!("change set `{name}`"))
        }
        _ => None,
    }
}

/// Whether a change set that failed did so because there is nothing to change.
pub(super) fn is_no_change(reason: &str) -> bool {
    // Ordinary templates; templates with a transform.
    reason.starts_with("The submitted information didn't contain changes.")
        || reason.starts_with("No updates are to be performed.")
}

/// Whether a description with values says of itself that it left resources out.
pub(in crate::aws) fn is_incomplete(reason: &str) -> bool {
    reason.starts_with("[WARN]")
}

/// Whether a change set failed by a validation or a hook, whose findings are told elsewhere.
pub(in crate::aws) fn is_validation(reason: &str) -> bool {
    reason.starts_with("The following hook(s)")
}

/// Whether executing was refused because it is being done, or done, already: what a repeated request is told when
/// the answer to the first one was lost.
pub(in crate::aws) fn is_executed_already(code: &str, message: &str) -> bool {
    code == "InvalidChangeSetStatus"
        && ["[EXECUTE_IN_PROGRESS]", "[EXECUTE_COMPLETE]"].iter().any(|status| message.contains(status))
}

/// Whether credentials are unknown where they were shown. Of credentials that were known elsewhere a moment ago, this
/// says that the region is not enabled for their account.
pub(in crate::aws) fn is_unknown_token(message: &str) -> bool {
    message.ends_with("(InvalidClientTokenId)") || message.ends_with("(UnrecognizedClientException)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_of_saying_that_something_does_not_exist() {
        let check = |code, message, expected: Option<&str>| {
            assert_eq!(absent(code, message).as_deref(), expected, "{message}");
        };
        let error = "ValidationError";
        check(error, "Stack with id quiz-dev does not exist", Some("stack `quiz-dev`"));
        check(error, "Stack [quiz-dev] does not exist", Some("stack `quiz-dev`"));
        check(error, "Stack 'quiz-dev' does not exist", Some("stack `quiz-dev`"));
        check("ChangeSetNotFound", "ChangeSet [x] does not exist", Some("change set `x`"));
        check(error, "Resource Topic does not exist for stack quiz-dev", None);
        check(error, "Parameters: [Size] do not exist in the template", None);
        check(error, "Template error: S3 bucket [x] does not exist.", None);
        check("AccessDenied", "Stack [quiz-dev] does not exist", None);
        check("", "", None);
    }

    #[test]
    fn both_ways_of_saying_that_nothing_changes() {
        assert!(is_no_change(
            "The submitted information didn't contain changes. Submit different information to create a change set."
        ));
        assert!(is_no_change("No updates are to be performed."));
        assert!(!is_no_change("Transform AWS::Include failed with: No updates are to be performed."));
        assert!(!is_no_change(""));
    }

    #[test]
    fn a_warning_marks_an_incomplete_description() {
        assert!(is_incomplete(
            "[WARN] --include-property-values option can return incomplete ChangeSet data because: ChangeSet \
             creation failed for resource [MyFoo] because: No export named x"
        ));
        assert!(!is_incomplete("ChangeSet [WARN] created"));
    }

    #[test]
    fn an_execution_that_runs_already() {
        let check = |code, status, expected| {
            let message =
                format!("ChangeSet [a] cannot be executed in its current execution status of [{status}]");
            assert_eq!(is_executed_already(code, &message), expected, "{message}");
        };
        check("InvalidChangeSetStatus", "EXECUTE_IN_PROGRESS", true);
        check("InvalidChangeSetStatus", "EXECUTE_COMPLETE", true);
        check("InvalidChangeSetStatus", "OBSOLETE", false);
        check("ValidationError", "EXECUTE_IN_PROGRESS", false);
    }

    #[test]
    fn credentials_that_are_not_known_in_a_region() {
        assert!(is_unknown_token(
            "The security token included in the request is invalid. (InvalidClientTokenId)"
        ));
        assert!(is_unknown_token("x (UnrecognizedClientException)"));
        assert!(!is_unknown_token("The security token included in the request is expired (ExpiredToken)"));
    }
}
