//! Everything that is shown: each view is an observer of a deployment, or a function of a result.
