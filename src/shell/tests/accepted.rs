//! Files that are accepted, and the values of their variables. tests/language compares
//! with dash and bash.

use super::{evaluate_text, value_after};
use crate::shell::Note;
use crate::shell::scope::Value;

#[track_caller]
fn assert_value(text: &str, expected: &str) {
    let found = value_after(text, "A").map(|bytes| String::from_utf8(bytes).unwrap());
    assert_eq!(found.as_deref(), Some(expected), "{text}");
}

#[test]
fn quotes_are_removed() {
    assert_value("A=a\"b c\"'d'\\e", "ab cde");
    assert_value(
        r#"A="\a\$\`\"\\\
b""#,
        "\\a$`\"\\b",
    );
    assert_value("A='$(x) \\ \"'", "$(x) \\ \"");
    assert_value("A=''\"\"", "");
    assert_value("A=", "");
    assert_value("A='one\ntwo'", "one\ntwo");
    assert_value("A=x\\\n  B=y", "x");
    assert_value("A=$.$", "$.$");
    assert_value("A=\\", "\\");
    assert_value("A=x OPTS=(\\  b)", "x");
}

#[test]
fn parameters_are_expanded() {
    assert_value("A=$E", "from the environment");
    assert_value("A=${E}x$EMPTY", "from the environmentx");
    assert_value("A=${EMPTY-x}${EMPTY:-y}${N-z}", "yz");
    assert_value("A=${E:+${EMPTY:+x}y}${EMPTY+z}", "yz");
    assert_value("A=${B:=x}$B", "xx");
    assert_value("A=${E:?}", "from the environment");
    assert_value("A=${N-a;b|c (d)}", "a;b|c (d)");
    assert_value("A=\"${N-a~{b\\}}\"", "a~{b}");
    assert_value("A=1 A=$A$A", "11");
    assert_value("A=1; export A=2 A=${A}3", "13");
}

#[test]
fn tildes_are_expanded() {
    assert_value("A=~/x:~root:~nobody", "/home/ann/x:/root:~nobody");
    assert_value("A=x~:\"~\":\\~", "x~:~:~");
    assert_value("unset HOME; A=~/x", "/home/passwd/x");
    assert_value("export \"A=~\"", "~");
    assert_value("HOME=/h; A=~", "/h");
}

#[test]
fn variables_are_exported_and_readonly() {
    let scope =
        evaluate_text("export A B=1; C=1; set -a; D=1; : ${F:=1}; set +a; G=1; readonly H=1; unset E")
            .unwrap()
            .scope;
    let exported = |name: &str| scope.variables[name].exported;
    assert_eq!(
        ["A", "B", "C", "D", "F", "G", "H"].map(exported),
        [true, true, false, true, true, false, false]
    );
    assert!(scope.variables["H"].readonly && scope.variables["A"].value.is_none());
    assert!(scope.string_value("E").is_none() && !scope.variables.contains_key("E"));
    assert!(!scope.allexport);
}

#[test]
fn an_argument_of_export_is_split_where_it_expands() {
    assert_value("W='A=1 B=2'; export $W", "1");
    assert_value("W='A=1 B=2'; export \"$W\"", "1 B=2");
    assert_value("W='1 2'; export A=$W", "1 2");
    assert_value("export ${W-\"A=1 2\" B=3}", "1 2");
}

#[test]
fn arrays_keep_their_elements() {
    let words = |text: &str| match evaluate_text(text).unwrap().scope.variables.remove("OPTS").unwrap().value
    {
        Some(Value::Array(words)) => {
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
    assert_eq!(value_after("OPTS=(a b); A=$OPTS", "A").unwrap(), b"a");
    assert_eq!(value_after("OPTS=(); A=${OPTS-none}", "A").unwrap(), b"none");
}

fn render_note(note: &Note) -> String {
    format!("{}: {note}", note.place())
}

#[test]
fn carriage_returns_and_the_byte_order_mark_are_noted() {
    let evaluated = evaluate_text(b"\xEF\xBB\xBFA=1\r\nB='x\r\ny\rz'\\\r\nw\r\n").unwrap();
    assert_eq!(evaluated.scope.string_value("B").unwrap().bytes, b"x\ny\rzw");
    let notes: Vec<String> = evaluated.notes.iter().map(render_note).collect();
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
    let notes = evaluate_text("A=$NO${NO:-x}\"\nx${NO}\" B=${EMPTY}").unwrap().notes;
    let notes: Vec<String> = notes.iter().map(render_note).collect();
    assert_eq!(
        notes,
        [
            "/etc/default/site:1:3: the value of A uses a variable that is not set (column 3)",
            "/etc/default/site:2:2: the value of A uses a variable that is not set (column 2)"
        ]
    );
}

#[test]
fn bytes_that_are_not_utf8_are_kept() {
    assert_eq!(value_after(b"A=\xFF'\x80'\"\xC3\"\\\x81", "A").unwrap(), b"\xFF\x80\xC3\x81");
}

/// Bash expands none of these.
#[test]
fn braces_without_a_list_or_a_sequence_are_literal() {
    for literal in [
        "{1..x}",
        "{x1..y2}",
        "{xx..yy}",
        "{..}",
        "{1..2..}",
        "{a..b..c}",
        "{1..2..3..4}",
        "{a..}",
        "{x,{y}",
        "{a.'b,c'}",
        "{}",
        "{a}",
        "{a,b",
    ] {
        let value = value_after(format!("export A={literal}"), "A").unwrap();
        assert_eq!(String::from_utf8(value).unwrap(), literal.replace('\'', ""));
    }
}

#[test]
fn assignments_are_found_without_evaluation() {
    for (text, found) in [
        ("B=1; A=$NOPE", Some(true)),
        ("B=${A:=1}", Some(true)),
        (": ${A:=1}", Some(true)),
        (": ${B:-${A:=1}}", Some(true)),
        ("export \"A=$B\"", Some(true)),
        ("OPTS=(${A:=1})", Some(true)),
        ("B=1; AA=2; export AA=3", Some(false)),
        (": ${A:-1} ${B:=1}", Some(false)),
        ("unset A", Some(false)),
        ("ls; A=1", None),
    ] {
        assert_eq!(crate::shell::assigns(text.as_bytes(), "A"), found, "{text}");
    }
}
