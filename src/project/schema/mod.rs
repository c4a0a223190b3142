//! formwork's own files as they are written, with places. What follows from them is for `assemble`.

pub mod accounts;
pub mod blueprint;
pub mod convert;
pub mod declaration;
pub mod environment;
pub mod project;
pub mod reader;
