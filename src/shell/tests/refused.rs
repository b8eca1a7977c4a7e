//! Every refusal, word for word: where, what, the line and the caret.

use super::{homes, read, shown};
use crate::shell::evaluate;
use std::path::Path;

#[track_caller]
fn refused(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let error = read(text).expect_err(text);
        assert_eq!(shown(&error).replace("/etc/default/site:", ""), *expected, "{text}");
        assert!(error.refusal.help().is_some(), "{text}: says what to do instead");
    }
}

#[test]
fn what_no_shell_reads() {
    refused(&[
        ("A=\0", "1:3: a NUL byte cannot stand in a shell file\n...\n  ^"),
        ("A='x", "1:3: the single quote that opens here is never closed\nA='.\n  ^"),
        ("A=\"x", "1:3: the double quote that opens here is never closed\nA=\".\n  ^"),
        ("A=${B", "1:3: the brace that opens here is never closed\nA=${.\n  ^^"),
        ("OPTS=(a", "1:6: the list that opens here is never closed\nOPTS=(.\n     ^"),
        ("OPTS=([a b)", "1:7: the bracket that opens here is never closed\nOPTS=.[....\n      ^"),
        (";A=1", "1:1: no command stands before this \";\"\n;...\n^"),
        ("A=1;;", "1:4: no command stands before this \";;\"\nA=.;;\n   ^^"),
        (
            "A=${}",
            "1:3: bad substitution: ${…} wants the name of a variable, and one of :- - := = :? ? :+ + after it\nA=${.\n  ^^",
        ),
        (
            "A=${ B}",
            "1:3: bad substitution: ${…} wants the name of a variable, and one of :- - := = :? ? :+ + after it\nA=${...\n  ^^",
        ),
        ("A=${B:x}", "1:6: the pattern operator \":\" in ${…} is not understood here\nA=...:..\n     ^"),
        ("A=${B:", "1:3: the brace that opens here is never closed\nA=${..\n  ^^"),
        (
            "A=${B!}",
            "1:6: bad substitution: ${…} wants the name of a variable, and one of :- - := = :? ? :+ + after it\nA=.....\n     ^",
        ),
        (
            "export 1A=2",
            "1:8: bad name: a name is letters, digits and underscores, and starts with no digit\nexport ....\n       ^",
        ),
        (
            "export ''",
            "1:8: bad name: a name is letters, digits and underscores, and starts with no digit\nexport ..\n       ^",
        ),
        (
            "unset A=1",
            "1:7: bad name: a name is letters, digits and underscores, and starts with no digit\nunset ...\n      ^",
        ),
    ]);
}

#[test]
fn what_would_execute_or_control() {
    refused(&[
        ("A=$(x)", "1:3: command substitution $(…) is not executed here\nA=$(..\n  ^^"),
        ("A=\"`x`\"", "1:4: command substitution with backticks is not executed here\nA=.`...\n   ^"),
        ("A=${B:-<(x)}", "1:8: process substitution is not executed here\nA=.....<(...\n       ^^"),
        ("A=$((1+1))", "1:3: arithmetic is not computed here\nA=$((.....\n  ^^^"),
        ("A=\"$[1]\"", "1:4: arithmetic is not computed here\nA=.$[...\n   ^^"),
        (". /x", "1:1: \".\" would read another file, which is not done here\n....\n^"),
        ("source /x", "1:1: \"source\" would read another file, which is not done here\nsource...\n^^^^^^"),
        ("if true; then", "1:1: \"if\" is control flow, and nothing is executed here\nif...........\n^^"),
        ("for i in", "1:1: \"for\" is control flow, and nothing is executed here\nfor.....\n^^^"),
        ("A=1 ! x", "1:5: \"!\" is control flow, and nothing is executed here\nA=. !..\n    ^"),
        ("{ A=1; }", "1:1: \"{\" is control flow, and nothing is executed here\n{.......\n^"),
        ("f() { :; }", "1:2: a function cannot be defined here\n.(........\n ^"),
        ("(A=1)", "1:1: parentheses ( ) start a subshell, and nothing is executed here\n(....\n^"),
        ("A=1 | x", "1:5: | combines commands, and nothing is executed here\nA=. |..\n    ^"),
        ("A=1 || x", "1:5: || combines commands, and nothing is executed here\nA=. ||..\n    ^^"),
        ("A=1 && x", "1:5: && combines commands, and nothing is executed here\nA=. &&..\n    ^^"),
        ("A=1 &", "1:5: & combines commands, and nothing is executed here\nA=. &\n    ^"),
        ("A=1 >x", "1:5: a redirection is not done here\nA=. >.\n    ^"),
        ("A=1 2>x", "1:6: a redirection is not done here\nA=. .>.\n     ^"),
        (": <x", "1:3: a redirection is not done here\n: <.\n  ^"),
        (": <<x", "1:3: a here-document is not done here\n: <<.\n  ^^"),
        ("echo x", "1:1: \"echo\" is a command, and nothing is executed here\necho..\n^^^^"),
        ("A=1 foo", "1:5: what stands here is a command, and nothing is executed here\nA=. ...\n    ^"),
        ("$A", "1:1: what stands here is a command, and nothing is executed here\n..\n^"),
        ("\"A\"=1", "1:1: what stands here is a command, and nothing is executed here\n.....\n^"),
        ("A = 1", "1:3: A = VALUE is no assignment, but the command A with arguments\nA =..\n  ^"),
        ("A =1", "1:3: A = VALUE is no assignment, but the command A with arguments\nA =.\n  ^"),
        ("A= 1", "1:4: A= sets A to nothing, and what follows the blank is a command\nA= .\n   ^"),
        ("declare A=1", "1:1: \"declare\" is not understood here\ndeclare....\n^^^^^^^"),
        ("typeset -x A", "1:1: \"typeset\" is not understood here\ntypeset.....\n^^^^^^^"),
        ("local A", "1:1: \"local\" is not understood here\nlocal..\n^^^^^"),
        ("set -e", "1:1: set is understood with -a, +a, -o allexport and +o allexport alone\nset ..\n^^^"),
        ("set", "1:1: set is understood with -a, +a, -o allexport and +o allexport alone\nset\n^^^"),
        (
            "set -o pipefail",
            "1:1: set is understood with -a, +a, -o allexport and +o allexport alone\nset .. ........\n^^^",
        ),
    ]);
}

#[test]
fn what_needs_a_shells_state() {
    refused(&[
        ("A=$1", "1:3: $1 needs a running shell\nA=$1\n  ^^"),
        ("A=${12}", "1:3: $1 needs a running shell\nA=${1..\n  ^^^"),
        ("A=\"$@\"", "1:4: $@ needs a running shell\nA=.$@.\n   ^^"),
        ("A=$#", "1:3: $# needs a running shell\nA=$#\n  ^^"),
        ("A=$?", "1:3: $? needs a running shell\nA=$?\n  ^^"),
        ("A=$$", "1:3: $$ needs a running shell\nA=$$\n  ^^"),
        ("A=$!", "1:3: $! needs a running shell\nA=$!\n  ^^"),
        ("A=$-", "1:3: $- needs a running shell\nA=$-\n  ^^"),
        ("A=${#}", "1:3: $# needs a running shell\nA=${#.\n  ^^^"),
        ("A=$RANDOM", "1:3: $RANDOM is the shell's own, and needs a running shell\nA=$RANDOM\n  ^^^^^^^"),
        (
            "A=${LINENO}",
            "1:3: $LINENO is the shell's own, and needs a running shell\nA=${LINENO.\n  ^^^^^^^^",
        ),
        (
            "A=$BASH_VERSION",
            "1:3: $BASH_VERSION is the shell's own, and needs a running shell\nA=$BASH_VERSION\n  ^^^^^^^^^^^^^",
        ),
        (
            "A=$HOSTNAME",
            "1:3: $HOSTNAME is the shell's own, and needs a running shell\nA=$HOSTNAME\n  ^^^^^^^^^",
        ),
        ("A=$PS1", "1:3: $PS1 is the shell's own, and needs a running shell\nA=$PS1\n  ^^^^"),
        ("A=${#B}", "1:3: the length of a variable ${#…} is not understood here\nA=${#..\n  ^^^"),
        ("A=${!B}", "1:3: an indirect variable ${!…} is not understood here\nA=${!..\n  ^^^"),
        ("A=${B%x}", "1:6: the pattern operator \"%\" in ${…} is not understood here\nA=...%..\n     ^"),
        ("A=${B:1}", "1:6: the pattern operator \":\" in ${…} is not understood here\nA=...:..\n     ^"),
        ("A=${B/x/y}", "1:6: the pattern operator \"/\" in ${…} is not understood here\nA=.../....\n     ^"),
        ("A=${B^^}", "1:6: the pattern operator \"^\" in ${…} is not understood here\nA=...^..\n     ^"),
        ("A=${B@Q}", "1:6: the pattern operator \"@\" in ${…} is not understood here\nA=...@..\n     ^"),
        ("A=${B[0]}", "1:6: a single element of a list ${…[…]} is not understood here\nA=...[...\n     ^"),
        ("export", "1:1: export without a name prints variables, which is not done here\nexport\n^^^^^^"),
        (
            "readonly --",
            "1:1: readonly without a name prints variables, which is not done here\nreadonly ..\n^^^^^^^^",
        ),
        ("export -p", "1:8: export is understood without options (but --)\nexport ..\n       ^"),
        ("export -n A", "1:8: export is understood without options (but --)\nexport .. .\n       ^"),
        ("unset -f A", "1:7: unset is understood with no option but -v\nunset .. .\n      ^"),
    ]);
}

#[test]
fn what_dash_and_bash_read_differently() {
    refused(&[
        ("A=$'x'", "1:3: $'…' is read differently by dash and bash\nA=$'..\n  ^^"),
        ("A=x$\"y\"", "1:4: $\"…\" is read differently by dash and bash\nA=.$\"..\n   ^^"),
        (
            "A=\"${B:-'x'}\"",
            "1:9: a quote inside \"${…}\" is read differently by dash and bash\nA=......'....\n        ^",
        ),
        (
            "A=${B:-~}",
            "1:8: an unquoted ~ inside ${…} is read differently by dash and bash\nA=.....~.\n       ^",
        ),
        ("A=~+/x", "1:3: ~+, ~- and ~ with a number are read differently by dash and bash\nA=~...\n  ^"),
        ("A=x:~1", "1:5: ~+, ~- and ~ with a number are read differently by dash and bash\nA=..~.\n    ^"),
        (
            "export A={1,2}",
            "1:10: brace expansion is read differently by dash and bash\nexport A={....\n         ^",
        ),
        ("unset {A,B}", "1:7: brace expansion is read differently by dash and bash\nunset {....\n      ^"),
        (
            "readonly A={1..3}",
            "1:12: brace expansion is read differently by dash and bash\nreadonly A={.....\n           ^",
        ),
        (
            "A=1 export B=2",
            "1:5: an assignment before \"export\" is read differently by dash and bash\nA=. export....\n    ^^^^^^",
        ),
        ("A=1 :", "1:5: an assignment before \":\" is read differently by dash and bash\nA=. :\n    ^"),
        ("A+=x", "1:1: += is read differently by dash and bash\nA+=.\n^^^"),
        ("export A+=x", "1:8: += is read differently by dash and bash\nexport A+=.\n       ^^^"),
        ("A[0]=x", "1:1: an assignment to an element [ ] is read differently by dash and bash\nA[....\n^^"),
        (
            "export A[1]=x",
            "1:8: an assignment to an element [ ] is read differently by dash and bash\nexport A[....\n       ^^",
        ),
        (
            "OPTS=([0]=x)",
            "1:7: an assignment to an element [ ] is read differently by dash and bash\nOPTS=.[.....\n      ^",
        ),
        ("A=(x)", "1:3: a list ( ) is understood for OPTS and EXTRA alone\nA=(..\n  ^"),
        ("export A=(x)", "1:10: a list ( ) is understood for OPTS and EXTRA alone\nexport A=(..\n         ^"),
        ("readonly A=1; A=2", "1:15: A is readonly\nreadonly A=.; A=.\n              ^"),
        ("readonly A=1; unset A", "1:21: A is readonly\nreadonly A=.; unset .\n                    ^"),
        ("UID=1", "1:1: UID belongs to the shell and cannot be changed\nUID=.\n^"),
        ("IFS=:", "1:1: IFS belongs to the shell and cannot be changed\nIFS=.\n^"),
        ("BASH_ENV=x", "1:1: BASH_ENV belongs to the shell and cannot be changed\nBASH_ENV=.\n^"),
        ("unset PPID", "1:7: PPID belongs to the shell and cannot be changed\nunset ....\n      ^"),
        (": ${IFS:=x}", "1:3: $IFS is the shell's own, and needs a running shell\n: ${IFS....\n  ^^^^^"),
        (
            "export A=x\\",
            "1:11: a lone backslash at the end is read differently by dash and bash\nexport A=.\\\n          ^",
        ),
        (
            "set -a; unset A; set +a; A=1",
            "1:26: A was unset under set -a, and is exported by dash but not by bash\nset ..; unset .; set ..; A=.\n                         ^",
        ),
        (
            "A=${B-\"\\}\"}",
            "1:8: \\} in quotes inside ${…} is read differently by dash and bash\nA=.....\\}..\n       ^^",
        ),
        (
            "W=A; export $W=$",
            "1:16: a lone $ beside an expansion is read differently by dash and bash\nW=.; export ...$\n               ^",
        ),
        (
            "A=\u{1}",
            "1:3: a byte 0x01 or 0x7f outside single quotes is read differently by dash and bash\nA=.\n  ^",
        ),
        (": ${A:?}", "1:3: A is not set, and the file demands it\n: ${A...\n  ^^^"),
        ("OPTS=(a)b", "1:9: a blank is missing after the list ( )\nOPTS=....\n        ^"),
        ("OPTS=(a;b)", "1:8: an operator cannot stand in a list ( )\nOPTS=..;..\n       ^"),
    ]);
}

#[test]
fn slips_that_are_named() {
    refused(&[
        ("KEY=abc(def", "1:8: an unquoted \"(\" cannot stand here\nKEY=...(...\n       ^"),
        ("A=1)", "1:4: an unquoted \")\" cannot stand here\nA=.)\n   ^"),
        (
            "export KEY=a(b) C=1",
            "1:13: an unquoted \"(\" cannot stand here\nexport KEY=.(......\n            ^",
        ),
        ("A=1 (x)", "1:5: an unquoted \"(\" cannot stand here\nA=. (..\n    ^"),
        ("f () { :; }", "1:3: a function cannot be defined here\n. (........\n  ^"),
        ("my-f ( ) {\n}", "1:6: a function cannot be defined here\n.... (....\n     ^"),
        ("function f { :; }", "1:1: a function cannot be defined here\nfunction.........\n^^^^^^^^"),
        ("f (x)", "1:1: what stands here is a command, and nothing is executed here\n.....\n^"),
        ("my-key=1", "1:3: a name cannot contain \"-\"\n..-.....\n  ^"),
        ("foo.bar=1", "1:4: a name cannot contain \".\"\n.........\n   ^"),
        ("K\u{e9}Y=1", "1:2: a name cannot contain \"\u{e9}\"\n.....\n ^"),
        ("1A=2", "1:1: a name cannot start with a digit\n....\n^"),
        ("K: v", "1:2: NAME: VALUE is not an assignment\n.:..\n ^"),
        ("KEY:", "1:4: NAME: VALUE is not an assignment\n...:\n   ^"),
        ("[section]", "1:1: a [section] has no meaning in a shell file\n[........\n^"),
        ("[my section] # x", "1:1: a [section] has no meaning in a shell file\n[...............\n^"),
        ("\u{a0}A=1", "1:1: U+00A0 (no-break space) is not a blank here, but part of a word\n....\n^"),
        ("A=1 \u{c}", "1:5: U+000C (form feed) is not a blank here, but part of a word\nA=. .\n    ^"),
        ("A\u{200b}=1", "1:2: U+200B (zero width space) is not a blank here, but part of a word\n....\n ^"),
        (
            "export A=1 \u{a0} B=2",
            "1:12: U+00A0 (no-break space) is not a blank here, but part of a word\nexport A=. . ...\n           ^",
        ),
        ("A=${B\nC=1", "1:3: the brace that opens here is never closed\nA=${.\n  ^^"),
        ("A=\"${B\" C=1", "1:4: the brace that opens here is never closed\nA=.${......\n   ^^"),
        ("A=${B C=1", "1:3: the brace that opens here is never closed\nA=${.....\n  ^^"),
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
    assert!(read("A=\\ \nB=x\\ \n").is_ok());
}

/// Where quotes are paired wrongly from some line on, that line is named.
#[test]
fn where_a_quote_may_be_missing() {
    let hint = |text: &str| {
        let error = read(text).unwrap_err();
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
}

#[test]
fn what_is_nested_too_deep() {
    let nested = |depth: usize| format!("A={}x{}", "${B-".repeat(depth), "}".repeat(depth));
    assert!(read(nested(100)).is_ok());
    let error = read(nested(100_000)).unwrap_err();
    assert_eq!(error.to_string(), "/etc/default/site:1:403: ${…} is nested too deep");
}

/// A file that doubles a variable until it holds a mebibyte, and then goes on.
fn mebibyte_then(rest: &str) -> String {
    format!("A=x\n{}{rest}", "A=$A$A\n".repeat(20))
}

#[test]
fn values_that_are_too_large() {
    let message = |text: &str| read(text).unwrap_err().to_string();
    let variable = "the value is larger than 1 MiB";
    let file = "the values of this file are larger than 8 MiB together";
    let at = |place: &str, what: &str| format!("/etc/default/site:{place}: {what}");
    assert!(read(mebibyte_then("B=$A\n")).is_ok());
    assert_eq!(message(&format!("A=x\n{}", "A=$A$A\n".repeat(30))), at("22:1", variable));
    assert_eq!(message(&mebibyte_then("export B=1 A=$A.")), at("22:12", variable));
    assert_eq!(message(&mebibyte_then("OPTS=($A a)")), at("22:1", variable));
    assert_eq!(message(&mebibyte_then(": ${B:=$A.}")), at("22:3", variable));
    assert_eq!(message(&mebibyte_then("W=\"B=$A\"; export $W; B=.$B")), at("22:1", variable));
    assert_eq!(message(&format!("B='{}'", "x".repeat((1 << 20) + 1))), at("1:1", variable));
    let many: String = (0..9).map(|number| format!("B{number}=$A\n")).collect();
    assert_eq!(message(&mebibyte_then(&many)), at("29:1", file));
    assert!(read(mebibyte_then(&many.replace("\n", "\nunset B0\n"))).is_err());
    assert!(read(mebibyte_then(&"B=$A\nunset B\n".repeat(9))).is_ok());
    // What is thrown away takes memory as well.
    assert_eq!(message(&mebibyte_then(&format!(": {}", "$A".repeat(9)))), at("22:19", file));
    assert_eq!(message(&mebibyte_then(&format!("unset {}", "$A ".repeat(9)))), at("22:28", file));
    assert_eq!(message(&mebibyte_then(&format!("HOME=$A; B={}", "~:".repeat(9)))), at("22:28", file));
    assert_eq!(message(&format!("A='{}'\nunset $A $A $A", "x ".repeat(1 << 18))), at("2:10", file));
}

#[test]
fn what_was_unset_under_allexport_is_remembered_in_the_next_file() {
    let first = read("set -a; A=1; unset A; set +a").unwrap().scope;
    let second = |text: &str| evaluate(Path::new("second"), text.as_bytes(), &first, &homes);
    let message = "second:1:1: A was unset under set -a, and is exported by dash but not by bash";
    assert_eq!(second("A=2").unwrap_err().to_string(), message);
    assert!(second("export A=2").unwrap().scope.variables["A"].exported);
    assert!(second("unset A; A=2").is_ok());
}

#[test]
fn a_refused_file_is_never_half_used() {
    assert!(read("A=1\nB=2\necho").is_err());
}
