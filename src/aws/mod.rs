//! The real service behind [`crate::cloudformation::CloudFormation`]: sessions, the account guard, rates, the SDK.
