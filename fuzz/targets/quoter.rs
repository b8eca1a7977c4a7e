//! Evaluating a quoted word returns the word. tests/language checks the same with dash and
//! bash.
#![no_main]

use docker_runner::shell::scope::{Scope, Value};
use docker_runner::shell::{evaluate, quote};
use libfuzzer_sys::fuzz_target;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

fuzz_target!(|word: &[u8]| {
    // A file keeps neither a NUL nor the CR of a line end.
    if word.contains(&0) || word.windows(2).any(|pair| pair == b"\r\n") {
        return;
    }
    let quoted = quote::word(OsStr::from_bytes(word));
    let file =
        [b"A=", quoted.as_bytes(), b"\nOPTS=(", quoted.as_bytes(), b" ", quoted.as_bytes(), b")\n"].concat();
    let evaluation = evaluate(Path::new("f"), &file, &Scope::default(), &|_| None).expect("it is accepted");
    assert_eq!(evaluation.scope.string_value("A").map(|text| text.bytes.as_slice()), Some(word));
    let Some(Value::Array(words)) = &evaluation.scope.variables["OPTS"].value else { panic!("not an array") };
    assert!(words.len() == 2 && words.iter().all(|found| found.bytes == word));
});
