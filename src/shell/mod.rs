//! The shell language as data: lex, parse, expand, split, quote.
//!
//! Knows nothing of Docker or Django.

pub mod quote;
pub mod scope;
