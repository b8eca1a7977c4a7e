//! An error never shows a value.

use super::{evaluate_text, render_error};
use crate::shell::Error;

#[track_caller]
fn error_without_secret(text: &str) -> Error {
    let error = evaluate_text(text).unwrap_err();
    for part in ["hunter", "Hunter"] {
        assert!(
            !render_error(&error).contains(part) && !format!("{error:?}").contains(part),
            "{}",
            render_error(&error)
        );
    }
    error
}

#[track_caller]
fn excerpt_line(text: &str) -> String {
    error_without_secret(text).excerpt().unwrap().line.clone()
}

#[test]
fn values_and_comments_are_masked() {
    assert_eq!(excerpt_line("A=hunter2 B='hunter 2' C=$(x)"), "A=....... ............ ..$(..");
    assert_eq!(excerpt_line("A=x$(x) # hunter2"), "A=.$(............");
    assert_eq!(excerpt_line("export A=\"hunter2 $(cat hunter2)\""), "export A=.........$(.............");
    assert_eq!(excerpt_line("A='x\nhunter2' B=`hunter2`"), "........ ..`........");
}

#[test]
fn text_after_the_error_is_masked() {
    assert_eq!(excerpt_line("A=`x` PASSWORD=hunter2 hunter3=1"), "A=`.............................");
    assert_eq!(excerpt_line("if [ hunter2 ]; then A=hunter2"), "if............................");
}

#[test]
fn a_command_that_may_be_part_of_a_secret_is_masked() {
    assert_eq!(excerpt_line("PASSWORD=x hunter2"), "PASSWORD=. .......");
    assert_eq!(excerpt_line("PASSWORD=x hunter2 = y"), "PASSWORD=. ...........");
    assert_eq!(excerpt_line("PASSWORD=hunter2 \"hunter2\""), "PASSWORD=....... .........");
}

#[test]
fn values_of_spaced_assignments_are_masked() {
    assert_eq!(excerpt_line("SECRET = hunter2"), "SECRET =........");
    assert_eq!(excerpt_line("SECRET= hunter2"), "SECRET= .......");
    assert_eq!(excerpt_line("SECRET =hunter2"), "SECRET =.......");
}

/// Padded base64 looks like `NAME=`.
#[test]
fn padded_base64_is_masked() {
    for builtin in ["export", "readonly"] {
        let spaced = error_without_secret(&format!("{builtin} SECRET_KEY = hunterhunter2="));
        assert!(spaced.excerpt().unwrap().line.starts_with(&format!("{builtin} .......... . ")));
        error_without_secret(&format!("{builtin} SECRET_KEY = hunterhunter2= $(x)"));
        error_without_secret(&format!("{builtin} SECRET_KEY = hunterhunter2=$(x)"));
        error_without_secret(&format!("{builtin} SECRET_KEY= hunterhunter2= $(x)"));
        error_without_secret(&format!("{builtin} SECRET_KEY= hunterhunter2=$(x)"));
        error_without_secret(&format!("{builtin} SECRET_KEY =hunterhunter2= $(x)"));
        error_without_secret(&format!("{builtin} SECRET_KEY=x hunterhunter2= $(x)"));
        error_without_secret(&format!("{builtin} SECRET_KEY = hunter+= x"));
        error_without_secret(&format!("{builtin} SECRET_KEY = hunter[2"));
        error_without_secret(&format!("{builtin} SECRET_KEY= \\\n hunterhunter2= $(x)"));
        error_without_secret(&format!("{builtin} SECRET_KEY=\nB=\"\n{builtin} C=\"hunter hunter2=\""));
    }
    error_without_secret("SECRET_KEY= hunterhunter2= $(x)");
    error_without_secret("SECRET_KEY= hunterhunter2=$(x)");
    error_without_secret("SECRET_KEY= hunterhunter2= x");
    error_without_secret("SECRET_KEY=x hunterhunter2= x");
    error_without_secret("SECRET_KEY=x hunter+=x");
    error_without_secret("SECRET_KEY=x hunter[2");
    error_without_secret("A=\"\nB=\"hunter hunter2=\"");
    // No name before the =
    error_without_secret("hunter.2 = x");
}

#[test]
fn the_name_of_a_commands_first_assignment_is_shown() {
    assert_eq!(excerpt_line("SECRET_KEY=`x`"), "SECRET_KEY=`..");
    assert_eq!(excerpt_line("A=1; SECRET_KEY=`x`"), "A=.; SECRET_KEY=`..");
    assert_eq!(excerpt_line("export SECRET_KEY=`x`"), "export SECRET_KEY=`..");
    assert_eq!(excerpt_line("export -- SECRET_KEY=`x`"), "export .. ...........`..");
    assert_eq!(excerpt_line("A=1; hunter2 x"), "A=.; .........");
    assert_eq!(excerpt_line("A= x"), "A= .");
    assert_eq!(excerpt_line("B=1 A= x"), "B=. .. .");
}

/// In double quotes, what follows a `$` in a password is read as the name of a variable.
#[test]
fn text_after_a_dollar_is_masked() {
    error_without_secret("KEY=\"pa${hunter2:?}\"");
    error_without_secret("KEY=\"pa${hunter2?x}\"");
    let notes = evaluate_text("KEY=\"pa$hunter2\"; export A='' B=\"${hunter3}\"; : $hunter4").unwrap().notes;
    assert!(!format!("{notes:?}").contains("hunter"), "{notes:?}");
    let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "the value of KEY uses a variable that is not set (column 8)",
            "the value of B uses a variable that is not set (column 34)",
            "a variable that is not set is used here (column 49)",
        ]
    );
}

#[test]
fn messages_in_the_file_are_masked() {
    assert_eq!(excerpt_line("A=1; : ${B:?hunter2}"), "A=.; : ${...........");
    assert_eq!(excerpt_line("A=\"${B?$E hunter2}\""), "A=.${..............");
    assert_eq!(excerpt_line("A=${RANDOM:-hunter2}${IFS-hunter2}"), "A=${RANDOM........................");
}

#[test]
fn text_after_an_unclosed_quote_is_masked() {
    assert_eq!(excerpt_line("A=1 B='hunter2\nC=hunter2"), "A=. ..'.......");
    assert_eq!(excerpt_line("A=\"hunter2\" B=hunter2\"\nC=hunter2\n"), "A=......... .........\"");
}

#[test]
fn bad_names_and_options_are_masked() {
    assert_eq!(excerpt_line("export hunter-2"), "export ........");
    assert_eq!(excerpt_line("export -hunter2"), "export ........");
    assert_eq!(excerpt_line("W='hunter 2 3'; export $W"), "W=............; export ..");
    assert_eq!(excerpt_line("unset 'hunter 2'"), "unset ..........");
}

#[test]
fn a_long_line_is_shown_around_the_caret() {
    let text = format!("A='{}' B=$(x) C='{}'", "hunter2 ".repeat(10_000), "hunter2 ".repeat(10_000));
    let error = error_without_secret(&text);
    let excerpt = error.excerpt().unwrap();
    assert_eq!(excerpt.line.chars().count(), 100);
    assert_eq!(excerpt.line.chars().skip(excerpt.offset).take(2).collect::<String>(), "$(");
    assert!(excerpt.line.starts_with('…') && excerpt.line.ends_with('…'));
    let value = "hunter2 ".repeat(20);
    assert!(excerpt_line(&format!("A=$(x) B='{value}'")).starts_with("A=$(."));
    assert!(excerpt_line(&format!("A='{value}' B=$(x)")).ends_with(" ..$(.."));
}

#[test]
fn columns_are_characters() {
    assert_eq!(excerpt_line("\nA=$(x)"), "A=$(..");
    let error = error_without_secret("A='é\u{1F600}' B=$1");
    assert_eq!((error.place.column, error.excerpt().unwrap().line.as_str()), (10, "A=.... ..$1"));
}
