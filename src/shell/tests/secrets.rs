//! What an error shows of a file: never a value.

use super::{read, shown};
use crate::shell::Error;

#[track_caller]
fn refused(text: &str) -> Error {
    let error = read(text).unwrap_err();
    for part in ["hunter", "Hunter"] {
        assert!(!shown(&error).contains(part) && !format!("{error:?}").contains(part), "{}", shown(&error));
    }
    error
}

#[track_caller]
fn line(text: &str) -> String {
    refused(text).excerpt().unwrap().line.clone()
}

#[test]
fn values_and_comments_are_dots() {
    assert_eq!(line("A=hunter2 B='hunter 2' C=$(x)"), "A=....... ............ ..$(..");
    assert_eq!(line("A=x$(x) # hunter2"), "A=.$(............");
    assert_eq!(line("export A=\"hunter2 $(cat hunter2)\""), "export A=.........$(.............");
    assert_eq!(line("A='x\nhunter2' B=`hunter2`"), "........ ..`........");
}

#[test]
fn nothing_after_the_fault_is_shown() {
    assert_eq!(line("A=`x` PASSWORD=hunter2 hunter3=1"), "A=`.............................");
    assert_eq!(line("if [ hunter2 ]; then A=hunter2"), "if............................");
}

#[test]
fn a_command_may_be_half_of_a_secret() {
    assert_eq!(line("PASSWORD=x hunter2"), "PASSWORD=. .......");
    assert_eq!(line("PASSWORD=x hunter2 = y"), "PASSWORD=. ...........");
    assert_eq!(line("PASSWORD=hunter2 \"hunter2\""), "PASSWORD=....... .........");
}

#[test]
fn spaced_assignments() {
    assert_eq!(line("SECRET = hunter2"), "SECRET =........");
    assert_eq!(line("SECRET= hunter2"), "SECRET= .......");
    assert_eq!(line("SECRET =hunter2"), "SECRET =.......");
}

/// A secret of base64 letters with its padding looks like `NAME=`.
#[test]
fn padded_base64_is_not_shown_as_a_name() {
    for builtin in ["export", "readonly"] {
        let spaced = refused(&format!("{builtin} SECRET_KEY = hunterhunter2="));
        assert!(spaced.excerpt().unwrap().line.starts_with(&format!("{builtin} .......... . ")));
        refused(&format!("{builtin} SECRET_KEY = hunterhunter2= $(x)"));
        refused(&format!("{builtin} SECRET_KEY = hunterhunter2=$(x)"));
        refused(&format!("{builtin} SECRET_KEY= hunterhunter2= $(x)"));
        refused(&format!("{builtin} SECRET_KEY= hunterhunter2=$(x)"));
        refused(&format!("{builtin} SECRET_KEY =hunterhunter2= $(x)"));
        refused(&format!("{builtin} SECRET_KEY=x hunterhunter2= $(x)"));
        refused(&format!("{builtin} SECRET_KEY = hunter+= x"));
        refused(&format!("{builtin} SECRET_KEY = hunter[2"));
        refused(&format!("{builtin} SECRET_KEY= \\\n hunterhunter2= $(x)"));
        refused(&format!("{builtin} SECRET_KEY=\nB=\"\n{builtin} C=\"hunter hunter2=\""));
    }
    refused("SECRET_KEY= hunterhunter2= $(x)");
    refused("SECRET_KEY= hunterhunter2=$(x)");
    refused("SECRET_KEY= hunterhunter2= x");
    refused("SECRET_KEY=x hunterhunter2= x");
    refused("SECRET_KEY=x hunter+=x");
    refused("SECRET_KEY=x hunter[2");
    refused("A=\"\nB=\"hunter hunter2=\"");
}

#[test]
fn the_name_of_a_commands_first_assignment_is_shown() {
    assert_eq!(line("SECRET_KEY=`x`"), "SECRET_KEY=`..");
    assert_eq!(line("A=1; SECRET_KEY=`x`"), "A=.; SECRET_KEY=`..");
    assert_eq!(line("export SECRET_KEY=`x`"), "export SECRET_KEY=`..");
    assert_eq!(line("export -- SECRET_KEY=`x`"), "export .. ...........`..");
    assert_eq!(line("A= x"), "A= .");
    assert_eq!(line("B=1 A= x"), "B=. .. .");
}

#[test]
fn messages_of_the_file_itself() {
    assert_eq!(line("A=1; : ${B:?hunter2}"), "A=.; : ${B..........");
    assert_eq!(line("A=\"${B?$E hunter2}\""), "A=.${B.............");
    assert_eq!(line("A=${RANDOM:-hunter2}${IFS-hunter2}"), "A=${RANDOM........................");
}

#[test]
fn a_quote_that_is_never_closed() {
    assert_eq!(line("A=1 B='hunter2\nC=hunter2"), "A=. ..'.......");
    assert_eq!(line("A=\"hunter2\" B=hunter2\"\nC=hunter2\n"), "A=......... .........\"");
}

#[test]
fn bad_names_and_options() {
    assert_eq!(line("export hunter-2"), "export ........");
    assert_eq!(line("export -hunter2"), "export ........");
    assert_eq!(line("W='hunter 2 3'; export $W"), "W=............; export ..");
    assert_eq!(line("unset 'hunter 2'"), "unset ..........");
}

#[test]
fn a_long_line_is_shown_around_the_caret() {
    let text = format!("A='{}' B=$(x) C='{}'", "hunter2 ".repeat(10_000), "hunter2 ".repeat(10_000));
    let error = refused(&text);
    let excerpt = error.excerpt().unwrap();
    assert_eq!(excerpt.line.chars().count(), 100);
    assert_eq!(excerpt.line.chars().skip(excerpt.offset).take(2).collect::<String>(), "$(");
    assert!(excerpt.line.starts_with('…') && excerpt.line.ends_with('…'));
}

#[test]
fn columns_are_characters() {
    let error = refused("A='é\u{1F600}' B=$1");
    assert_eq!((error.place.column, error.excerpt().unwrap().line.as_str()), (10, "A=.... ..$1"));
}
