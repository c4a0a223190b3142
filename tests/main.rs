//! The one integration-test binary: linking the AWS SDK once costs less than once a file.

mod accounts;
mod architecture;
mod bad_day;
mod broken;
mod contract;
mod drawings;
mod early;
mod facts;
mod interruption;
mod life;
mod lifetime;
mod policies;
mod proof;
mod reference;
mod saved;
mod sessions;
mod shipped;
mod shipped_failures;
mod shipped_rules;
mod support;
mod times;
