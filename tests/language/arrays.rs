//! Arrays, which only bash has.

use crate::compare::evaluate;
use crate::generate::Generator;
use crate::random::Random;
use docker_runner::shell::ErrorKind;
use docker_runner::shell::scope::Value;
use std::process::{Command, Stdio};

/// The elements of OPTS after each file, in bash without pathname expansion.
fn bash_elements(texts: &[Vec<u8>]) -> Vec<Vec<Vec<u8>>> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut script = String::from("set -f\n");
    for (file, text) in texts.iter().enumerate() {
        std::fs::write(folder.path().join(file.to_string()), text).expect("a file can be written");
        script.push_str(&format!(
            "( . ./{file} 2>&1; printf '%s\\0' \"${{#OPTS[@]}}\" \"${{OPTS[@]}}\"; )\nprintf '<end>\\0'\n"
        ));
    }
    let mut bash = Command::new("/bin/bash");
    bash.arg("-c").arg(script).current_dir(folder.path()).env_clear();
    for (name, value) in crate::reference_shells::ENVIRONMENT {
        bash.env(name, std::str::from_utf8(value).expect("plain text"));
    }
    let output = bash.stdin(Stdio::null()).output().expect("bash is installed");
    let fields: Vec<&[u8]> = output.stdout.split(|byte| *byte == 0).collect();
    let arrays = fields.split(|field| *field == b"<end>");
    // The count, then the elements. Without elements printf prints an empty field.
    arrays.map(|array| array.iter().skip(1).map(|field| field.to_vec()).collect()).take(texts.len()).collect()
}

/// The elements of OPTS in our evaluation; `None` if the file is rejected for a known
/// reason.
fn our_elements(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let evaluation = match evaluate(text) {
        Ok(evaluation) => evaluation,
        Err(error) => {
            let known = matches!(error.kind, ErrorKind::LiteralDollar | ErrorKind::BackslashBlank);
            assert!(known, "{}\n{error}", text.escape_ascii());
            return None;
        }
    };
    match evaluation.scope.variables["OPTS"].value.as_ref() {
        Some(Value::Array(words)) => Some(words.iter().map(|word| word.bytes.clone()).collect()),
        other => panic!("not an array: {other:?}"),
    }
}

#[test]
fn generated_arrays_are_read_as_bash_reads_them() {
    let first = crate::number_from_env("LANGUAGE_SEED", 0);
    let texts: Vec<Vec<u8>> =
        (first..first + 1500).map(|number| Generator::new(&mut Random::new(number)).array()).collect();
    for (text, bash) in texts.iter().zip(bash_elements(&texts)) {
        if let Some(ours) = our_elements(text) {
            let shown = |words: &[Vec<u8>]| {
                words.iter().map(|word| word.escape_ascii().to_string()).collect::<Vec<_>>()
            };
            assert_eq!(shown(&ours), shown(&bash), "{}", text.escape_ascii());
        }
    }
}

/// An element that begins with `[` must close it, and must not assign `[…]=`.
#[test]
fn brackets_that_are_rejected() {
    let error = |text: &str| evaluate(text.as_bytes()).unwrap_err();
    for text in ["OPTS=([a)", "OPTS=(x [a b\n)\nA=1", "OPTS=([[a] b)", "OPTS=([a \"]\")", "OPTS=([a \\])"] {
        let error = error(text);
        assert_eq!(error.kind, ErrorKind::Unterminated("bracket"), "{text}");
        assert_eq!(text.as_bytes()[error.place.column - 1], b'[', "{text}");
    }
    for text in
        ["OPTS=([a b]=c)", "OPTS=([1]\\\n=c)", "OPTS=([1]+=c)", "OPTS=([1]\\\n+\\\n=c)", "OPTS=([a ]=])"]
    {
        assert_eq!(error(text).kind, ErrorKind::Subscript, "{text}");
    }
    assert_eq!(error("OPTS=([a <(b)])").kind, ErrorKind::ProcessSubstitution);
    assert_eq!(error("OPTS=([{a, b}])").kind, ErrorKind::BraceExpansion);
}

#[test]
fn elements_with_quotes_comments_and_brackets() {
    let texts = [
        "OPTS=(\t--rm\t-e\t\"GREETING=hello world\" # it's\n\t\n\t-v ~/x:/y )",
        "OPTS=(a b); OPTS=\"$OPTS --more\"",
        "OPTS=(a 'b c'); EXTRA=$OPTS; OPTS=(\"$EXTRA\" $E \"$E\" [x] a=b)",
        "export OPTS=(\n~ ~root:x A=~ x:~)\n",
        "OPTS=(--label [ --label ] --rm)",
        "export OPTS=(--label [a #b] # c\n [;|&()<x>] [] [[a] b]c [a\n b])",
        "OPTS=([a ']' \"]\" \\] b] [$E] [ \"$E\" ] x[ a b ] \"[\"a b] \\[a b])",
        "OPTS=([\\\na b]\\\n\"c d\" [${UNSET:-] x}] [~ ~/x] [a=] [a \"]=\" ] [1]\\= [1]\"=\")",
        "OPTS=(a); unset OPTS; OPTS=(b ''); export OPTS",
        "OPTS=x; readonly OPTS=(y)",
        "OPTS=(~:/x ~root:a ~root:'a' ~root:a'b'/c ~root:a/'b' ~:\\a ~$E ~:\"\" ~nosuch:/ ~ro\\\not)",
    ];
    let texts = texts.map(|text| text.as_bytes().to_vec());
    for (text, bash) in texts.iter().zip(bash_elements(&texts)) {
        assert_eq!(our_elements(text), Some(bash), "{}", text.escape_ascii());
    }
}
