//! Lists, which bash alone knows.

use crate::compare::ours;
use crate::generate::Generator;
use crate::random::Random;
use docker_runner::shell::Refusal;
use docker_runner::shell::scope::Value;
use std::process::{Command, Stdio};

/// The elements of OPTS after a file, for bash (no globbing) and for us.
fn elements(texts: &[Vec<u8>]) -> Vec<Vec<Vec<u8>>> {
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
    for (name, value) in crate::shells::ENVIRONMENT {
        bash.env(name, std::str::from_utf8(value).expect("plain text"));
    }
    let output = bash.stdin(Stdio::null()).output().expect("bash is installed");
    let fields: Vec<&[u8]> = output.stdout.split(|byte| *byte == 0).collect();
    let lists = fields.split(|field| *field == b"<end>");
    // The count first, then the elements; of no elements printf makes an empty field.
    lists.map(|list| list.iter().skip(1).map(|field| field.to_vec()).collect()).take(texts.len()).collect()
}

fn list(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let evaluated = match ours(text) {
        Ok(evaluated) => evaluated,
        Err(error) => {
            let known = matches!(error.refusal, Refusal::LoneDollar | Refusal::BackslashBlank);
            assert!(known, "{}\n{error}", text.escape_ascii());
            return None;
        }
    };
    match evaluated.scope.variables["OPTS"].value.as_ref() {
        Some(Value::List(words)) => Some(words.iter().map(|word| word.bytes.clone()).collect()),
        other => panic!("a list: {other:?}"),
    }
}

#[test]
fn generated_lists_are_read_as_bash_reads_them() {
    let first = crate::setting("LANGUAGE_SEED", 0);
    let texts: Vec<Vec<u8>> =
        (first..first + 1500).map(|number| Generator::new(&mut Random::new(number)).list()).collect();
    for (text, bash) in texts.iter().zip(elements(&texts)) {
        if let Some(ours) = list(text) {
            let shown = |words: &[Vec<u8>]| {
                words.iter().map(|word| word.escape_ascii().to_string()).collect::<Vec<_>>()
            };
            assert_eq!(shown(&ours), shown(&bash), "{}", text.escape_ascii());
        }
    }
}

/// What begins with `[` is no element of its own where the bracket is not closed,
/// and one of a certain place where `=` follows.
#[test]
fn brackets_that_are_refused() {
    let refusal = |text: &str| ours(text.as_bytes()).unwrap_err();
    for text in ["OPTS=([a)", "OPTS=(x [a b\n)\nA=1", "OPTS=([[a] b)", "OPTS=([a \"]\")", "OPTS=([a \\])"] {
        let error = refusal(text);
        assert_eq!(error.refusal, Refusal::Unterminated("bracket"), "{text}");
        assert_eq!(text.as_bytes()[error.place.column - 1], b'[', "{text}");
    }
    for text in
        ["OPTS=([a b]=c)", "OPTS=([1]\\\n=c)", "OPTS=([1]+=c)", "OPTS=([1]\\\n+\\\n=c)", "OPTS=([a ]=])"]
    {
        assert_eq!(refusal(text).refusal, Refusal::Subscript, "{text}");
    }
    assert_eq!(refusal("OPTS=([a <(b)])").refusal, Refusal::ProcessSubstitution);
    assert_eq!(refusal("OPTS=([{a, b}])").refusal, Refusal::BraceExpansion);
}

#[test]
fn tabs_comments_and_what_comes_after() {
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
    for (text, bash) in texts.iter().zip(elements(&texts)) {
        assert_eq!(list(text), Some(bash), "{}", text.escape_ascii());
    }
}
