//! Differences that were found earlier, and other delicate cases.

use crate::compare::{Case, Comparison};

/// A file that is accepted with the same result as in both shells, or that is rejected.
struct KnownCase {
    name: &'static str,
    text: &'static [u8],
    /// The start of the error kind's name; empty if the file is accepted.
    error: &'static str,
}

const fn accepted(name: &'static str, text: &'static str) -> KnownCase {
    KnownCase { name, text: text.as_bytes(), error: "" }
}

const fn rejected(name: &'static str, text: &'static str, error: &'static str) -> KnownCase {
    KnownCase { name, text: text.as_bytes(), error }
}

const KNOWN_CASES: &[KnownCase] = &[
    // Found with generated files.
    rejected("an escaped 0x01 in braces is an error in bash", "A=${B-\\\u{1}}", "ControlByte"),
    rejected("an escaped 0x01 in braces makes bash keep a backslash", "A=${E+\\\u{1}\\ }", "ControlByte"),
    rejected("a 0x7f in double quotes is lost by bash", "A=\"\\\u{7f}$\"", "ControlByte"),
    accepted("a 0x7f in single quotes is kept", "A='\u{7f}\u{1}'"),
    rejected("dash removes the backslash of \\} in quotes in braces", "A=${B=\"\\}\"}", "EscapedBrace"),
    rejected("a literal $ keeps bash from splitting", "X='e  v'; export x$X=$", "LiteralDollar"),
    rejected(
        "a literal $ in a default value keeps bash from splitting",
        "X='e v'; export ${B-$X$=}",
        "LiteralDollar",
    ),
    accepted("a literal $ in an assignment has no effect", "X='e  v'; export A=$X$"),
    rejected(
        "dash marks a variable that is unset under set -a",
        "set -a; unset A; set +a; A=2",
        "UnsetUnderAllexport",
    ),
    rejected(
        "dash exports it when := assigns it",
        "set -a; unset A; set +a; : ${A:=2}",
        "UnsetUnderAllexport",
    ),
    accepted("a second unset removes the mark", "set -a; unset A; set +a; unset A; A=2"),
    accepted("export marks it in both shells", "set -a; unset A; set +a; export A; A=2"),
    accepted(
        "an assignment by export marks it in both shells",
        "set -a; A=1; unset A; set +a; export A=2; A=3",
    ),
    accepted(
        "an expanded argument of export marks it in both shells",
        "set -a; unset A; set +a; X='A=2 B'; export $X",
    ),
    rejected(
        "an assignment by readonly marks it in dash only",
        "set -a; unset A; set +a; readonly A=2",
        "UnsetUnderAllexport",
    ),
    accepted("readonly under set -a does not export", "A=1; set -a; readonly A"),
    // Export.
    accepted("an exported name stays exported", "export A=1; A=2"),
    accepted("an unset name loses its mark", "export A=1; unset A; A=2"),
    accepted("a name is marked before it has a value", "export A; A=1"),
    accepted("arguments are expanded before any is assigned", "A=1; export A=2 B=$A"),
    accepted("each assignment sees the ones before it", "A=1 B=$A A=2 C=$A"),
    accepted("an assignment's value is not split", "X='1 B=2'; export A=$X C=$X"),
    accepted("a word that is an assignment after expansion is one", "X='A=1 B=2 D'; export $X"),
    accepted("a default is split at its unquoted blanks", "export ${U:-\"A=1 2\" B=3}"),
    rejected("a value that := assigns is split with its quoted blanks", "export ${U:=\"A=1 2\"}", "BadName"),
    accepted("-- ends the options", "export -- A=1; readonly -- B=2; unset -- A"),
    accepted("expansions to nothing are no arguments", "export $U A=1 $U"),
    rejected("export without arguments after expansion", "export $U", "DeclareWithoutName"),
    rejected("an empty quoted argument is a bad name", "export \"$U\"", "BadName"),
    accepted("a tilde after a quoted name is not expanded", "export \\A=~ B\\=~ 'C'=~ D\"=\"~"),
    accepted("tildes after colons", "export A=x:~ B=$E:~ C='x':~ D=${E}~"),
    accepted("tildes after quoted or expanded colons", "A=x\\:~ B=\"x:\"~ X=:; C=$X~"),
    accepted("globs are not expanded", "X='*'; export A=* B=$X C=/e*"),
    accepted("a backslash at the end of an expansion", "B='A=x\\'; export $B; export C=$B"),
    rejected("a backslash at the end of an export argument", "export A=x\\", "TrailingBackslash"),
    accepted("a backslash at the end of an assignment", "A=x\\"),
    rejected(
        "bash loses the backslash on a line that begins in single quotes",
        "A='\n'\\",
        "TrailingBackslash",
    ),
    rejected(
        "bash loses the backslash in another assignment of that line",
        "A='\n' B=\"x\"y\\",
        "TrailingBackslash",
    ),
    rejected("bash loses the backslash in a default value", "A=${U:-'\n'}x\\", "TrailingBackslash"),
    accepted("bash keeps the backslash on a line that begins in double quotes", "A='\n'\"\n\"\\"),
    accepted("bash keeps the backslash on the next line", "A='\n'\nB=x\\"),
    accepted("bash keeps the backslash after a backslash-newline", "A='\n'\\\ny\\"),
    rejected("a value after a blank that expands to nothing", "A= $U", "SpacedValue"),
    // set -a.
    accepted(
        "set -a and its other name",
        "set -a; A=1; set +a; B=1; set -o allexport; C=1; set +o allexport; D=1",
    ),
    accepted("set -a and :=", "set -a; : ${A:=x} \"${B:=y}\" ${C=z w}"),
    accepted("set -a and readonly", "set -a; readonly A=1; export B; B=1"),
    // Readonly.
    rejected("a readonly name is assigned", "readonly A=1; A=2", "Readonly"),
    rejected("a readonly name without a value is assigned", "readonly A; : ${A:=1}", "Readonly"),
    rejected("a readonly name is unset", "readonly A=1; unset A", "Readonly"),
    accepted("a readonly name is exported", "readonly A=1; export A"),
    // Words.
    accepted(
        "backslash-newline everywhere",
        "exp\\\nort A\\\n=\\\n1\\\n B\\\n=\"$\\\n{\\\nA\\\n:\\\n-x}\" \\\n# no\n",
    ),
    accepted("no comment inside a word", "A=x#y B=#z C= #w"),
    accepted("a comment does not continue on the next line", "A=1 # c \\\nB=2"),
    accepted("a dollar that expands nothing", "A=$ B=\"$\" C=$. D=$/x$%\"a$ b\" X=${U:-$}"),
    accepted("$'…' inside double quotes is text", "A=\"$'x'\" B=\"x$\"'y'"),
    accepted("operators inside braces are text", "A=${U:-;|&()<x>} B=\"${U:-< (x);~{}\""),
    rejected("bash looks for the end of <( in quoted braces", "A=\"${U:-<(}\"", "ProcessSubstitution"),
    rejected("bash looks for the end of >( in quoted braces", "export \"A=${A=x>(}\"", "ProcessSubstitution"),
    rejected("an escaped shell-owned name", "export \\_", "ShellState"),
    rejected("a bad substitution that shells do not reach", "A=${U-${E+${C)\n}}}", "UnclosedBrace"),
    accepted("the first closing brace closes", "A=${U:-{}} B=\"${U:-{a,b\\}}\""),
    accepted("backslashes inside braces", "A=${U:-\\a\\}\\$\\\"} B=\"${U:-\\a\\}\\$\\\"\\`\\\\}\""),
    accepted("braces in a value", "A={a,b} B={1..3} C={,}"),
    accepted("braces that expand nothing in export", "export A={} B={a} C='{1,2}' D={a\\,b} x=${U:-{a,b}}"),
    rejected("braces that expand in export", "export A=x{a}b,c}", "BraceExpansion"),
    rejected("a sequence", "export A={01..3..2}", "BraceExpansion"),
    rejected("braces after a variable", "export A=$U{a,b}", "BraceExpansion"),
    accepted("tildes that are not expanded", "A=~nosuch B=~\"root\" C=~r\\oot D=a~ x=~$E"),
    accepted("a home directory that is empty or a slash", "HOME=; A=~/x; HOME=/; B=~/x; C=~"),
    accepted("names that are reserved words elsewhere", "if=1 then=$if; export if done=2; unset then"),
    accepted("blank lines, tabs and semicolons", "\t\n\tA=1\t;\tB=2 ;\n\n"),
    accepted("the last line without its newline", "A=1\nB='2'"),
    rejected("an empty command", "A=1;;B=2", "EmptyCommand"),
    rejected("a semicolon without a command", ";A=1", "EmptyCommand"),
    // Names.
    rejected("IFS", "IFS=x", "ShellOwned"),
    rejected("a name that starts with BASH", "BASH_ENV=x", "ShellOwned"),
    rejected("bash changes the value of RANDOM", "RANDOM=1", "ShellOwned"),
    rejected("bash exports OLDPWD and SHLVL", "OLDPWD=/", "ShellOwned"),
    rejected("only dash sets the prompt", "A=${PS1-x}", "ShellState"),
    accepted("the prompt after the file has set it", "PS1=x PS4=y; A=$PS1$PS4"),
    rejected("bash sets the host type", "A=${HOSTTYPE-x}", "ShellState"),
    // Constructs that must not be executed.
    rejected("process substitution in braces", "A=${U:-<(x)}", "ProcessSubstitution"),
    rejected("the old form of arithmetic", "A=\"$[1+1]\"", "Arithmetic"),
    rejected(
        "a command substitution in a default value that is not used",
        "A=${E:-$(x)}",
        "CommandSubstitution",
    ),
];

#[test]
fn known_cases() {
    let cases: Vec<Case> = KNOWN_CASES
        .iter()
        .map(|known| Case { text: known.text.to_vec(), must_be_accepted: known.error.is_empty() })
        .collect();
    let mut faults = Vec::new();
    for ((known, case), comparison) in KNOWN_CASES.iter().zip(&cases).zip(Comparison::run(&cases)) {
        let error =
            comparison.ours.as_ref().err().map(|error| format!("{:?}", error.kind)).unwrap_or_default();
        if error.is_empty() != known.error.is_empty() || !error.starts_with(known.error) {
            faults.push(format!("{}: {error:?}, not {:?}", known.name, known.error));
        }
        faults.extend(comparison.find_difference(case).map(|fault| format!("{}: {fault}", known.name)));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
