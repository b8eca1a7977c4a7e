//! Every error: its place, its message, the line and the caret.

use super::{evaluate_text, look_up_home, render_error};
use crate::shell::evaluate;
use std::path::Path;

#[track_caller]
fn assert_errors(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let error = evaluate_text(text).expect_err(text);
        assert_eq!(render_error(&error).replace("/etc/default/site:", ""), *expected, "{text}");
        assert!(error.kind.help().is_some(), "{text}: has help");
    }
}

#[test]
fn invalid_in_every_shell() {
    assert_errors(&[
        ("A=\0", "1:3: a NUL byte is not allowed in a shell file\n...\n  ^"),
        ("A='x", "1:3: the single quote that opens here is never closed\nA='.\n  ^"),
        ("A=\"x", "1:3: the double quote that opens here is never closed\nA=\".\n  ^"),
        ("A=${B", "1:3: the brace that opens here is never closed\nA=${.\n  ^^"),
        ("OPTS=(a", "1:6: the array that opens here is never closed\nOPTS=(.\n     ^"),
        ("OPTS=([a b)", "1:7: the bracket that opens here is never closed\nOPTS=.[....\n      ^"),
        (";A=1", "1:1: there is no command before this \";\"\n;...\n^"),
        ("A=1;;", "1:4: there is no command before this \";;\"\nA=.;;\n   ^^"),
        (
            "A=${}",
            "1:3: bad substitution: ${…} needs a variable name, optionally followed by one of :- - := = :? ? :+ +\nA=${.\n  ^^",
        ),
        (
            "A=${ B}",
            "1:3: bad substitution: ${…} needs a variable name, optionally followed by one of :- - := = :? ? :+ +\nA=${...\n  ^^",
        ),
        ("A=${B#x}", "1:6: the operator \"#\" in ${…} is not supported\nA=...#..\n     ^"),
        ("A=${B,}", "1:6: the operator \",\" in ${…} is not supported\nA=...,.\n     ^"),
        ("<(x)", "1:1: process substitution is not supported\n<...\n^"),
        ("A=1 <(x)", "1:5: process substitution is not supported\nA=. <...\n    ^"),
        (
            "AB=${}",
            "1:4: bad substitution: ${…} needs a variable name, optionally followed by one of :- - := = :? ? :+ +\nAB=${.\n   ^^",
        ),
        ("A=${!}", "1:3: $! has a value only in a running shell\nA=${!.\n  ^^^"),
        (
            "export A --",
            "1:10: bad name: a name has letters, digits and underscores only, and does not start with a digit\nexport . ..\n         ^",
        ),
        (
            "unset -- --",
            "1:10: bad name: a name has letters, digits and underscores only, and does not start with a digit\nunset .. ..\n         ^",
        ),
        (
            "unset A -v",
            "1:9: bad name: a name has letters, digits and underscores only, and does not start with a digit\nunset . ..\n        ^",
        ),
        (
            "export a+b",
            "1:8: bad name: a name has letters, digits and underscores only, and does not start with a digit\nexport ...\n       ^",
        ),
        ("export \"A+=1\"", "1:8: dash and bash read += differently\nexport ......\n       ^"),
        ("a+b c", "1:1: this word is a command, and commands are not executed\n.....\n^"),
        ("-eA=b", "1:1: this word is a command, and commands are not executed\n.....\n^"),
        ("A=${#}", "1:3: $# has a value only in a running shell\nA=${#.\n  ^^^"),
        ("A=1\tB=${C", "1:7: the brace that opens here is never closed\nA=. ..${.\n      ^^"),
        ("A=${B:x}", "1:6: the operator \":\" in ${…} is not supported\nA=...:..\n     ^"),
        ("A=${B:", "1:3: the brace that opens here is never closed\nA=${..\n  ^^"),
        (
            "A=${B!}",
            "1:6: bad substitution: ${…} needs a variable name, optionally followed by one of :- - := = :? ? :+ +\nA=.....\n     ^",
        ),
        (
            "export 1A=2",
            "1:8: bad name: a name has letters, digits and underscores only, and does not start with a digit\nexport ....\n       ^",
        ),
        (
            "export ''",
            "1:8: bad name: a name has letters, digits and underscores only, and does not start with a digit\nexport ..\n       ^",
        ),
        (
            "unset A=1",
            "1:7: bad name: a name has letters, digits and underscores only, and does not start with a digit\nunset ...\n      ^",
        ),
    ]);
}

#[test]
fn execution_and_control_flow() {
    assert_errors(&[
        ("A=$(x)", "1:3: command substitution $(…) is not supported\nA=$(..\n  ^^"),
        ("A=\"`x`\"", "1:4: command substitution with backticks is not supported\nA=.`...\n   ^"),
        ("A=${B:-<(x)}", "1:8: process substitution is not supported\nA=.....<(...\n       ^^"),
        ("A=$((1+1))", "1:3: arithmetic expansion is not supported\nA=$((.....\n  ^^^"),
        ("A=\"$[1]\"", "1:4: arithmetic expansion is not supported\nA=.$[...\n   ^^"),
        (". /x", "1:1: \".\" reads another file, which is not supported\n....\n^"),
        ("source /x", "1:1: \"source\" reads another file, which is not supported\nsource...\n^^^^^^"),
        ("if true; then", "1:1: \"if\" is control flow, which is not supported\nif...........\n^^"),
        ("for i in", "1:1: \"for\" is control flow, which is not supported\nfor.....\n^^^"),
        ("A=1 ! x", "1:5: \"!\" is control flow, which is not supported\nA=. !..\n    ^"),
        ("{ A=1; }", "1:1: \"{\" is control flow, which is not supported\n{.......\n^"),
        ("f() { :; }", "1:2: functions are not supported\n.(........\n ^"),
        ("(A=1)", "1:1: a subshell ( ) is not supported\n(....\n^"),
        ("A=1 | x", "1:5: the operator | is not supported\nA=. |..\n    ^"),
        ("A=1 || x", "1:5: the operator || is not supported\nA=. ||..\n    ^^"),
        ("A=1 && x", "1:5: the operator && is not supported\nA=. &&..\n    ^^"),
        ("A=1 &", "1:5: the operator & is not supported\nA=. &\n    ^"),
        ("A=1 >x", "1:5: a redirection is not supported\nA=. >.\n    ^"),
        ("A=1 2>x", "1:6: a redirection is not supported\nA=. .>.\n     ^"),
        (": <x", "1:3: a redirection is not supported\n: <.\n  ^"),
        (": <<x", "1:3: a here-document is not supported\n: <<.\n  ^^"),
        ("echo x", "1:1: \"echo\" is a command, and commands are not executed\necho..\n^^^^"),
        ("A=1 foo", "1:5: this word is a command, and commands are not executed\nA=. ...\n    ^"),
        ("$A", "1:1: this word is a command, and commands are not executed\n..\n^"),
        ("\"A\"=1", "1:1: this word is a command, and commands are not executed\n.....\n^"),
        ("A = 1", "1:3: the blank before = makes A a command, not a variable\nA =..\n  ^"),
        ("A =1", "1:3: the blank before = makes A a command, not a variable\nA =.\n  ^"),
        ("A= 1", "1:4: A= sets A to an empty value, and the word after the blank is a command\nA= .\n   ^"),
        ("declare A=1", "1:1: \"declare\" is not supported\ndeclare....\n^^^^^^^"),
        ("typeset -x A", "1:1: \"typeset\" is not supported\ntypeset.....\n^^^^^^^"),
        ("local A", "1:1: \"local\" is not supported\nlocal..\n^^^^^"),
        ("set -e", "1:1: set supports only -a, +a, -o allexport and +o allexport\nset ..\n^^^"),
        ("set", "1:1: set supports only -a, +a, -o allexport and +o allexport\nset\n^^^"),
        (
            "set -o pipefail",
            "1:1: set supports only -a, +a, -o allexport and +o allexport\nset .. ........\n^^^",
        ),
    ]);
}

#[test]
fn state_of_a_running_shell() {
    assert_errors(&[
        ("A=$1", "1:3: $1 has a value only in a running shell\nA=$1\n  ^^"),
        ("A=${12}", "1:3: $1 has a value only in a running shell\nA=${1..\n  ^^^"),
        ("A=\"$@\"", "1:4: $@ has a value only in a running shell\nA=.$@.\n   ^^"),
        ("A=$#", "1:3: $# has a value only in a running shell\nA=$#\n  ^^"),
        ("A=$?", "1:3: $? has a value only in a running shell\nA=$?\n  ^^"),
        ("A=$$", "1:3: $$ has a value only in a running shell\nA=$$\n  ^^"),
        ("A=$!", "1:3: $! has a value only in a running shell\nA=$!\n  ^^"),
        ("A=$-", "1:3: $- has a value only in a running shell\nA=$-\n  ^^"),
        ("A=${#}", "1:3: $# has a value only in a running shell\nA=${#.\n  ^^^"),
        ("A=$RANDOM", "1:3: $RANDOM has a value only in a running shell\nA=$RANDOM\n  ^^^^^^^"),
        ("A=${LINENO}", "1:3: $LINENO has a value only in a running shell\nA=${LINENO.\n  ^^^^^^^^"),
        (
            "A=$BASH_VERSION",
            "1:3: $BASH_VERSION has a value only in a running shell\nA=$BASH_VERSION\n  ^^^^^^^^^^^^^",
        ),
        ("A=$HOSTNAME", "1:3: $HOSTNAME has a value only in a running shell\nA=$HOSTNAME\n  ^^^^^^^^^"),
        ("A=$PS1", "1:3: $PS1 has a value only in a running shell\nA=$PS1\n  ^^^^"),
        ("A=${#B}", "1:3: the length of a variable ${#…} is not supported\nA=${#..\n  ^^^"),
        ("A=${!B}", "1:3: an indirect expansion ${!…} is not supported\nA=${!..\n  ^^^"),
        ("A=${B%x}", "1:6: the operator \"%\" in ${…} is not supported\nA=...%..\n     ^"),
        ("A=${B:1}", "1:6: the operator \":\" in ${…} is not supported\nA=...:..\n     ^"),
        ("A=${B/x/y}", "1:6: the operator \"/\" in ${…} is not supported\nA=.../....\n     ^"),
        ("A=${B^^}", "1:6: the operator \"^\" in ${…} is not supported\nA=...^..\n     ^"),
        ("A=${B@Q}", "1:6: the operator \"@\" in ${…} is not supported\nA=...@..\n     ^"),
        ("A=${B[0]}", "1:6: an array element ${…[…]} is not supported\nA=...[...\n     ^"),
        ("export", "1:1: export without a name prints variables, which is not supported\nexport\n^^^^^^"),
        (
            "readonly --",
            "1:1: readonly without a name prints variables, which is not supported\nreadonly ..\n^^^^^^^^",
        ),
        ("export -p", "1:8: export supports no option except --\nexport ..\n       ^"),
        ("export -n A", "1:8: export supports no option except --\nexport .. .\n       ^"),
        ("unset -f A", "1:7: unset supports no option except -v\nunset .. .\n      ^"),
    ]);
}

#[test]
fn differences_between_dash_and_bash() {
    assert_errors(&[
        ("A=$'x'", "1:3: dash and bash read $'…' differently\nA=$'..\n  ^^"),
        ("A=x$\"y\"", "1:4: dash and bash read $\"…\" differently\nA=.$\"..\n   ^^"),
        (
            "A=\"${B:-'x'}\"",
            "1:9: dash and bash read a quote inside \"${…}\" differently\nA=......'....\n        ^",
        ),
        ("A=${B:-~}", "1:8: dash and bash read an unquoted ~ inside ${…} differently\nA=.....~.\n       ^"),
        ("A=~+/x", "1:3: dash and bash read ~+, ~- and ~ with a number differently\nA=~...\n  ^"),
        ("A=x:~1", "1:5: dash and bash read ~+, ~- and ~ with a number differently\nA=..~.\n    ^"),
        ("export A={1,2}", "1:10: dash and bash read braces {…} differently\nexport A={....\n         ^"),
        ("unset {A,B}", "1:7: dash and bash read braces {…} differently\nunset {....\n      ^"),
        (
            "readonly A={1..3}",
            "1:12: dash and bash read braces {…} differently\nreadonly A={.....\n           ^",
        ),
        (
            "A=1 export B=2",
            "1:5: dash and bash read an assignment before \"export\" differently\nA=. export....\n    ^^^^^^",
        ),
        ("A=1 :", "1:5: dash and bash read an assignment before \":\" differently\nA=. :\n    ^"),
        ("A+=x", "1:1: dash and bash read += differently\nA+=.\n^^^"),
        ("export A+=x", "1:8: dash and bash read += differently\nexport A+=.\n       ^^^"),
        ("A[0]=x", "1:1: dash and bash read an assignment to an array element […]= differently\nA[....\n^^"),
        (
            "export A[1]=x",
            "1:8: dash and bash read an assignment to an array element […]= differently\nexport A[....\n       ^^",
        ),
        (
            "OPTS=([0]=x)",
            "1:7: dash and bash read an assignment to an array element […]= differently\nOPTS=.[.....\n      ^",
        ),
        ("A=(x)", "1:3: only OPTS and EXTRA can be arrays\nA=(..\n  ^"),
        ("export A=(x)", "1:10: only OPTS and EXTRA can be arrays\nexport A=(..\n         ^"),
        ("readonly A=1; A=2", "1:15: A is readonly\nreadonly A=.; A=.\n              ^"),
        ("readonly A=1; unset A", "1:21: A is readonly\nreadonly A=.; unset .\n                    ^"),
        ("UID=1", "1:1: UID belongs to the shell and cannot be changed\nUID=.\n^"),
        ("IFS=:", "1:1: IFS belongs to the shell and cannot be changed\nIFS=.\n^"),
        ("BASH_ENV=x", "1:1: BASH_ENV belongs to the shell and cannot be changed\nBASH_ENV=.\n^"),
        ("unset PPID", "1:7: PPID belongs to the shell and cannot be changed\nunset ....\n      ^"),
        (": ${IFS:=x}", "1:3: $IFS has a value only in a running shell\n: ${IFS....\n  ^^^^^"),
        (
            "export A=x\\",
            "1:11: dash and bash read a backslash at the end of the file differently\nexport A=.\\\n          ^",
        ),
        (
            "set -a; unset A; set +a; A=1",
            "1:26: A was unset under set -a, so dash exports it now and bash does not\nset ..; unset .; set ..; A=.\n                         ^",
        ),
        (
            "A=${B-\"\\}\"}",
            "1:8: dash and bash read \\} in quotes inside ${…} differently\nA=.....\\}..\n       ^^",
        ),
        (
            "W=A; export $W=$",
            "1:16: dash and bash read a literal $ next to an expansion differently\nW=.; export ...$\n               ^",
        ),
        (
            "A=\u{1}",
            "1:3: dash and bash read a byte 0x01 or 0x7f outside single quotes differently\nA=.\n  ^",
        ),
        (
            "A=${B-'\u{1}'}",
            "1:8: dash and bash read a byte 0x01 or 0x7f outside single quotes differently\nA=........\n       ^",
        ),
        (": ${A:?}", "1:3: the file requires a variable that is not set\n: ${....\n  ^^"),
        ("OPTS=(a)b", "1:9: a blank is missing after the array\nOPTS=....\n        ^"),
        ("OPTS=(a;b)", "1:8: an unquoted operator is not allowed in an array\nOPTS=..;..\n       ^"),
    ]);
}

#[test]
fn common_mistakes_are_named() {
    assert_errors(&[
        ("KEY=abc(def", "1:8: an unquoted \"(\" is not allowed here\nKEY=...(...\n       ^"),
        ("A=1)", "1:4: an unquoted \")\" is not allowed here\nA=.)\n   ^"),
        (
            "export KEY=a(b) C=1",
            "1:13: an unquoted \"(\" is not allowed here\nexport KEY=.(......\n            ^",
        ),
        ("A=1 (x)", "1:5: an unquoted \"(\" is not allowed here\nA=. (..\n    ^"),
        ("f () { :; }", "1:3: functions are not supported\n. (........\n  ^"),
        ("my-f ( ) {\n}", "1:6: functions are not supported\n.... (....\n     ^"),
        ("function f { :; }", "1:1: functions are not supported\nfunction.........\n^^^^^^^^"),
        ("f (x)", "1:1: this word is a command, and commands are not executed\n.....\n^"),
        ("my-key=1", "1:3: a name cannot contain \"-\"\n..-.....\n  ^"),
        ("my~key=1", "1:3: a name cannot contain \"~\"\n..~.....\n  ^"),
        ("foo.bar=1", "1:4: a name cannot contain \".\"\n.........\n   ^"),
        ("K\u{e9}Y=1", "1:2: a name cannot contain \"\u{e9}\"\n.....\n ^"),
        ("1A=2", "1:1: a name cannot start with a digit\n....\n^"),
        ("K: v", "1:2: NAME: VALUE is not an assignment\n.:..\n ^"),
        ("KEY:", "1:4: NAME: VALUE is not an assignment\n...:\n   ^"),
        ("[section]", "1:1: a [section] header is not allowed in a shell file\n[........\n^"),
        ("[a] && b", "1:1: this word is a command, and commands are not executed\n........\n^"),
        ("[my section] # x", "1:1: a [section] header is not allowed in a shell file\n[...............\n^"),
        (
            "\u{a0}A=1",
            "1:1: U+00A0 (no-break space) is not a blank in a shell file, but part of a word\n....\n^",
        ),
        (
            "A=1 \u{c}",
            "1:5: U+000C (form feed) is not a blank in a shell file, but part of a word\nA=. .\n    ^",
        ),
        (
            "A\u{200b}=1",
            "1:2: U+200B (zero width space) is not a blank in a shell file, but part of a word\n....\n ^",
        ),
        (
            "export A=1 \u{a0} B=2",
            "1:12: U+00A0 (no-break space) is not a blank in a shell file, but part of a word\nexport A=. . ...\n           ^",
        ),
        (
            "export 'A B=1'",
            "1:8: bad name: a name has letters, digits and underscores only, and does not start with a digit\nexport .......\n       ^",
        ),
        (
            "unset \"A\tB\"",
            "1:7: bad name: a name has letters, digits and underscores only, and does not start with a digit\nunset .....\n      ^",
        ),
        (
            "AAAA\u{200b}B=1",
            "1:5: U+200B (zero width space) is not a blank in a shell file, but part of a word\n........\n    ^",
        ),
        ("A=${B\nC=1", "1:3: the brace that opens here is not closed on this line\nA=${.\n  ^^"),
        ("A=\"${B\" C=1", "1:4: the brace that opens here is not closed on this line\nA=.${......\n   ^^"),
        ("A=${B C=1", "1:3: the brace that opens here is not closed on this line\nA=${.....\n  ^^"),
        (
            "OPTS=--rm \\ \n -e A=1",
            "1:11: a backslash before a blank does not continue the line\nOPTS=.... \\.\n          ^",
        ),
        (
            "export A=1 \\ \nB=2",
            "1:12: a backslash before a blank does not continue the line\nexport A=. \\.\n           ^",
        ),
        (
            "OPTS=(--rm \\\t\n --init)",
            "1:12: a backslash before a blank does not continue the line\nOPTS=..... \\.\n           ^",
        ),
    ]);
    assert!(evaluate_text("A=\\ \nB=x\\ \n").is_ok());
}

/// Where quotes are paired wrongly from some line on, that line is named.
#[test]
fn the_line_of_a_missing_quote_is_named() {
    let hint = |text: &str| {
        let error = evaluate_text(text).unwrap_err();
        let help = error.help().unwrap();
        assert_eq!(error.excerpt().unwrap().help.as_deref(), Some(&*help));
        help.split_once("; ").map(|(hint, _)| hint.to_owned()).filter(|hint| hint.contains("line"))
    };
    let missing = |kind: &str, opens: usize, closes: usize| {
        Some(format!(
            "a quote may be missing on line {opens}: the {kind} quote there closes on line {closes}"
        ))
    };
    assert_eq!(hint("A=\"x\nB=\"y\"\n"), missing("double", 1, 2));
    assert_eq!(hint("A=\"x\nB=\"y\"\nC=\"z\"\n"), missing("double", 1, 2));
    assert_eq!(hint("Z=1\nA='x\n\nB='y (z)'\n"), missing("single", 2, 4));
    assert_eq!(hint("A=\"x\nB=\"y z\"\n"), missing("double", 1, 2));
    assert_eq!(hint("A=\"x\nB=\"y $(z)\"\n"), missing("double", 1, 2));
    assert_eq!(hint("export A=\"x\nexport B=\"a-b\"\n"), missing("double", 1, 2));
    // Not where lines are joined, nor in another command.
    assert_eq!(hint("A=\"x\\\ny\" $(z)"), None);
    assert_eq!(hint("A=\"x\ny\"\nB=$(z)"), None);
    assert_eq!(hint("A=\"x\ny"), None);
    // Not where the error is on the line of the quote.
    assert_eq!(hint("f\"x\ny\""), None);
}

#[test]
fn nesting_is_limited() {
    let nested = |depth: usize| format!("A={}x{}", "${B-".repeat(depth), "}".repeat(depth));
    assert!(evaluate_text(nested(100)).is_ok());
    let error = evaluate_text(nested(100_000)).unwrap_err();
    assert_eq!(error.to_string(), "/etc/default/site:1:403: ${…} is nested more than 100 levels deep");
}

/// A file that doubles a variable until it holds a mebibyte, and then goes on.
fn mebibyte_then(rest: &str) -> String {
    format!("A=x\n{}{rest}", "A=$A$A\n".repeat(20))
}

#[test]
fn values_are_limited() {
    let message = |text: &str| evaluate_text(text).unwrap_err().to_string();
    let variable = "the value is larger than 1 MiB";
    let file = "the values in this file are larger than 8 MiB in total";
    let at = |place: &str, what: &str| format!("/etc/default/site:{place}: {what}");
    assert!(evaluate_text(mebibyte_then("B=$A\n")).is_ok());
    assert_eq!(message(&format!("A=x\n{}", "A=$A$A\n".repeat(30))), at("22:1", variable));
    assert_eq!(message(&mebibyte_then("export B=1 A=$A.")), at("22:12", variable));
    assert_eq!(message(&mebibyte_then("OPTS=($A a)")), at("22:1", variable));
    assert_eq!(message(&mebibyte_then(": ${B:=$A.}")), at("22:3", variable));
    assert_eq!(message(&mebibyte_then("W=\"B=$A\"; export $W; B=.$B")), at("22:1", variable));
    assert_eq!(message(&format!("B='{}'", "x".repeat((1 << 20) + 1))), at("1:1", variable));
    let many: String = (0..9).map(|number| format!("B{number}=$A\n")).collect();
    assert_eq!(message(&mebibyte_then(&many)), at("29:1", file));
    assert!(evaluate_text(mebibyte_then(&many.replace("\n", "\nunset B0\n"))).is_err());
    assert!(evaluate_text(mebibyte_then(&"B=$A\nunset B\n".repeat(9))).is_ok());
    // A value that is expanded and dropped counts too.
    assert_eq!(message(&mebibyte_then(&format!(": {}", "$A".repeat(9)))), at("22:19", file));
    assert_eq!(message(&mebibyte_then(&format!("unset {}", "$A ".repeat(9)))), at("22:28", file));
    assert_eq!(message(&mebibyte_then(&format!("HOME=$A; B={}", "~:".repeat(9)))), at("22:28", file));
    assert_eq!(message(&format!("A='{}'\nunset $A $A $A", "x ".repeat(1 << 18))), at("2:10", file));
}

#[test]
fn the_next_file_knows_what_was_unset_under_allexport() {
    let first = evaluate_text("set -a; A=1; unset A; set +a").unwrap().scope;
    let second = |text: &str| evaluate(Path::new("second"), text.as_bytes(), &first, &look_up_home);
    let message = "second:1:1: A was unset under set -a, so dash exports it now and bash does not";
    assert_eq!(second("A=2").unwrap_err().to_string(), message);
    assert!(second("export A=2").unwrap().scope.variables["A"].exported);
    assert!(second("unset A; A=2").is_ok());
}

#[test]
fn a_file_with_an_error_changes_nothing() {
    assert!(evaluate_text("A=1\nB=2\necho").is_err());
}
