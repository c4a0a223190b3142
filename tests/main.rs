//! The one integration-test binary: linking the AWS SDK once costs less than once a file.

mod architecture;
mod broken;
mod contract;
mod life;
mod reference;
mod sessions;
mod shipped;
mod support;
