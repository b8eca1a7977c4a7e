//! Files that are read, and what they come to. That dash and bash come to the
//! same is shown in tests/language.

use super::{read, value};
use crate::shell::Note;
use crate::shell::scope::Value;

#[track_caller]
fn becomes(text: &str, expected: &str) {
    let found = value(text, "A").map(|bytes| String::from_utf8(bytes).unwrap());
    assert_eq!(found.as_deref(), Some(expected), "{text}");
}

#[test]
fn quotes() {
    becomes("A=a\"b c\"'d'\\e", "ab cde");
    becomes(
        r#"A="\a\$\`\"\\\
b""#,
        "\\a$`\"\\b",
    );
    becomes("A='$(x) \\ \"'", "$(x) \\ \"");
    becomes("A=''\"\"", "");
    becomes("A=", "");
    becomes("A='one\ntwo'", "one\ntwo");
    becomes("A=x\\\n  B=y", "x");
    becomes("A=$.$", "$.$");
    becomes("A=\\", "\\");
}

#[test]
fn parameters() {
    becomes("A=$E", "from the environment");
    becomes("A=${E}x$EMPTY", "from the environmentx");
    becomes("A=${EMPTY-x}${EMPTY:-y}${N-z}", "yz");
    becomes("A=${E:+${EMPTY:+x}y}${EMPTY+z}", "yz");
    becomes("A=${B:=x}$B", "xx");
    becomes("A=${E:?}", "from the environment");
    becomes("A=${N-a;b|c (d)}", "a;b|c (d)");
    becomes("A=\"${N-a~{b\\}}\"", "a~{b}");
    becomes("A=1 A=$A$A", "11");
    becomes("A=1; export A=2 A=${A}3", "13");
}

#[test]
fn homes() {
    becomes("A=~/x:~root:~nobody", "/home/ann/x:/root:~nobody");
    becomes("A=x~:\"~\":\\~", "x~:~:~");
    becomes("unset HOME; A=~/x", "/home/passwd/x");
    becomes("export \"A=~\"", "~");
    becomes("HOME=/h; A=~", "/h");
}

#[test]
fn marks() {
    let scope =
        read("export A B=1; C=1; set -a; D=1; : ${F:=1}; set +a; G=1; readonly H=1; unset E").unwrap().scope;
    let exported = |name: &str| scope.variables[name].exported;
    assert_eq!(
        ["A", "B", "C", "D", "F", "G", "H"].map(exported),
        [true, true, false, true, true, false, false]
    );
    assert!(scope.variables["H"].readonly && scope.variables["A"].value.is_none());
    assert!(scope.text("E").is_none() && !scope.variables.contains_key("E"));
    assert!(!scope.allexport);
}

#[test]
fn an_argument_of_export_is_split_where_it_expands() {
    becomes("W='A=1 B=2'; export $W", "1");
    becomes("W='A=1 B=2'; export \"$W\"", "1 B=2");
    becomes("W='1 2'; export A=$W", "1 2");
    becomes("export ${W-\"A=1 2\" B=3}", "1 2");
}

#[test]
fn lists() {
    let words = |text: &str| match read(text).unwrap().scope.variables.remove("OPTS").unwrap().value {
        Some(Value::List(words)) => {
            words.into_iter().map(|word| String::from_utf8(word.bytes).unwrap()).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(
        words("OPTS=(--rm\t-e \"GREETING=hello world\" # why\n\n  -v ~/x)"),
        ["--rm", "-e", "GREETING=hello world", "-v", "/home/ann/x"]
    );
    assert_eq!(
        words("export OPTS=($E \"$E\" $EMPTY '')"),
        ["from", "the", "environment", "from the environment", ""]
    );
    assert_eq!(words("OPTS=(a b); OPTS=\"$OPTS c\""), ["a c", "b"]);
    assert_eq!(words("OPTS=a; OPTS=()"), [""; 0]);
    assert_eq!(value("OPTS=(a b); A=$OPTS", "A").unwrap(), b"a");
    assert_eq!(value("OPTS=(); A=${OPTS-none}", "A").unwrap(), b"none");
}

fn told(note: &Note) -> String {
    format!("{}: {note}", note.place())
}

#[test]
fn line_ends_and_the_byte_order_mark() {
    let evaluated = read(b"\xEF\xBB\xBFA=1\r\nB='x\r\ny\rz'\\\r\nw\r\n").unwrap();
    assert_eq!(evaluated.scope.text("B").unwrap().bytes, b"x\ny\rzw");
    let notes: Vec<String> = evaluated.notes.iter().map(told).collect();
    assert_eq!(
        notes,
        [
            "/etc/default/site:1:1: a byte order mark was dropped",
            "/etc/default/site:1:4: lines end in CR LF, the CR was dropped"
        ]
    );
}

#[test]
fn an_unset_variable_is_noted_where_it_is_used() {
    let notes = read("A=$NO${NO:-x}\"\nx${NO}\" B=${EMPTY}").unwrap().notes;
    let notes: Vec<String> = notes.iter().map(told).collect();
    assert_eq!(notes, ["/etc/default/site:1:3: NO is not set", "/etc/default/site:2:2: NO is not set"]);
}

#[test]
fn bytes_that_are_not_utf8_are_kept() {
    assert_eq!(value(b"A=\xFF'\x80'\"\xC3\"\\\x81", "A").unwrap(), b"\xFF\x80\xC3\x81");
}
