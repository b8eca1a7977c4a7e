//! Any word, quoted, is read back by our own reader as it was (tests/language
//! has dash and bash do the same).
#![no_main]

use docker_runner::shell::scope::{Scope, Value};
use docker_runner::shell::{evaluate, quote};
use libfuzzer_sys::fuzz_target;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

fuzz_target!(|word: &[u8]| {
    // Neither has a place in a file: a NUL, and the CR of a line's end.
    if word.contains(&0) || word.windows(2).any(|pair| pair == b"\r\n") {
        return;
    }
    let quoted = quote::word(OsStr::from_bytes(word));
    let file =
        [b"A=", quoted.as_bytes(), b"\nOPTS=(", quoted.as_bytes(), b" ", quoted.as_bytes(), b")\n"].concat();
    let read = evaluate(Path::new("f"), &file, &Scope::default(), &|_| None).expect("it is read");
    assert_eq!(read.scope.text("A").map(|text| text.bytes.as_slice()), Some(word));
    let Some(Value::Array(words)) = &read.scope.variables["OPTS"].value else { panic!("a list") };
    assert!(words.len() == 2 && words.iter().all(|read| read.bytes == word));
});
