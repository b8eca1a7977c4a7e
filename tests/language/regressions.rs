//! Each difference that was found, by name, and what is delicate besides.

use crate::compare::{Case, judge, names, ours, reference};

/// A file that all three read alike, or the refusal it gets.
struct Known {
    name: &'static str,
    text: &'static [u8],
    /// What the refusal's name starts with; empty where the file is read.
    refused: &'static str,
}

const fn read(name: &'static str, text: &'static str) -> Known {
    Known { name, text: text.as_bytes(), refused: "" }
}

const fn refused(name: &'static str, text: &'static str, refused: &'static str) -> Known {
    Known { name, text: text.as_bytes(), refused }
}

const KNOWN: &[Known] = &[
    // Found by the generator.
    refused("an escaped 0x01 in braces is an error to bash", "A=${B-\\\u{1}}", "ControlByte"),
    refused("an escaped 0x01 in braces makes bash keep a backslash", "A=${E+\\\u{1}\\ }", "ControlByte"),
    refused("a 0x7f in double quotes is lost by bash", "A=\"\\\u{7f}$\"", "ControlByte"),
    read("a 0x7f in single quotes is kept", "A='\u{7f}\u{1}'"),
    refused("dash takes the backslash off \\} in quotes in braces", "A=${B=\"\\}\"}", "EscapedBrace"),
    refused("a lone $ keeps bash from splitting", "X='e  v'; export x$X=$", "LoneDollar"),
    refused("the same in the default", "X='e v'; export ${B-$X$=}", "LoneDollar"),
    read("a lone $ in an assignment does nothing", "X='e  v'; export A=$X$"),
    refused("dash marks what is unset under set -a", "set -a; unset A; set +a; A=2", "UnsetUnderAllexport"),
    refused("the same through :=", "set -a; unset A; set +a; : ${A:=2}", "UnsetUnderAllexport"),
    read("unset twice it is not marked", "set -a; unset A; set +a; unset A; A=2"),
    read("exported it is marked by both", "set -a; unset A; set +a; export A; A=2"),
    read("assigned by export it is marked by both", "set -a; A=1; unset A; set +a; export A=2; A=3"),
    read("the same from an expansion", "set -a; unset A; set +a; X='A=2 B'; export $X"),
    refused("assigned by readonly it is not", "set -a; unset A; set +a; readonly A=2", "UnsetUnderAllexport"),
    read("readonly under set -a does not export", "A=1; set -a; readonly A"),
    // Export.
    read("an exported name stays exported", "export A=1; A=2"),
    read("an unset name loses its mark", "export A=1; unset A; A=2"),
    read("a name is marked before it has a value", "export A; A=1"),
    read("arguments are expanded before any is assigned", "A=1; export A=2 B=$A"),
    read("assignments see each other", "A=1 B=$A A=2 C=$A"),
    read("an assignment's value is not split", "X='1 B=2'; export A=$X C=$X"),
    read("what only looks like one when expanded is", "X='A=1 B=2 D'; export $X"),
    read("a default is split at its unquoted blanks", "export ${U:-\"A=1 2\" B=3}"),
    refused("what is assigned by := is split whole", "export ${U:=\"A=1 2\"}", "BadName"),
    read("-- ends the options", "export -- A=1; readonly -- B=2; unset -- A"),
    read("expansions that come to nothing are no arguments", "export $U A=1 $U"),
    refused("nothing at all is a bare export", "export $U", "Bare"),
    refused("a quoted nothing is a bad name", "export \"$U\"", "BadName"),
    read("the tilde of a quoted name is no assignment's", "export \\A=~ B\\=~ 'C'=~ D\"=\"~"),
    read("the tilde after a colon", "export A=x:~ B=$E:~ C='x':~ D=${E}~"),
    read("a quoted or expanded colon", "A=x\\:~ B=\"x:\"~ X=:; C=$X~"),
    read("globs are not expanded", "X='*'; export A=* B=$X C=/e*"),
    read("a backslash at the end of an expansion", "B='A=x\\'; export $B; export C=$B"),
    refused("a backslash at the end of an export argument", "export A=x\\", "LoneBackslash"),
    read("a backslash at the end of an assignment", "A=x\\"),
    refused("bash loses it on a line that begins in single quotes", "A='\n'\\", "LoneBackslash"),
    refused("the same in another assignment of that line", "A='\n' B=\"x\"y\\", "LoneBackslash"),
    refused("the same in a default", "A=${U:-'\n'}x\\", "LoneBackslash"),
    read("but not on a line that begins in double quotes", "A='\n'\"\n\"\\"),
    read("nor on the next line", "A='\n'\nB=x\\"),
    read("nor after a backslash-newline", "A='\n'\\\ny\\"),
    refused("a value behind a blank that comes to nothing", "A= $U", "SpacedValue"),
    // set -a.
    read(
        "set -a and its other name",
        "set -a; A=1; set +a; B=1; set -o allexport; C=1; set +o allexport; D=1",
    ),
    read("set -a and :=", "set -a; : ${A:=x} \"${B:=y}\" ${C=z w}"),
    read("set -a and readonly", "set -a; readonly A=1; export B; B=1"),
    // Readonly.
    refused("a readonly name is assigned", "readonly A=1; A=2", "Readonly"),
    refused("a readonly name without a value is assigned", "readonly A; : ${A:=1}", "Readonly"),
    refused("a readonly name is unset", "readonly A=1; unset A", "Readonly"),
    read("a readonly name is exported", "readonly A=1; export A"),
    // Words.
    read(
        "backslash-newline everywhere",
        "exp\\\nort A\\\n=\\\n1\\\n B\\\n=\"$\\\n{\\\nA\\\n:\\\n-x}\" \\\n# no\n",
    ),
    read("no comment inside a word", "A=x#y B=#z C= #w"),
    read("no comment goes on", "A=1 # c \\\nB=2"),
    read("a dollar that expands nothing", "A=$ B=\"$\" C=$. D=$/x$%\"a$ b\" X=${U:-$}"),
    read("$'…' inside double quotes is text", "A=\"$'x'\" B=\"x$\"'y'"),
    read("operators inside braces are text", "A=${U:-;|&()<x>} B=\"${U:-< (x);~{}\""),
    refused("bash looks for the end of a process in quoted braces", "A=\"${U:-<(}\"", "ProcessSubstitution"),
    refused("the same for the other way", "export \"A=${A=x>(}\"", "ProcessSubstitution"),
    refused("an escaped name of the shell's own", "export \\_", "State"),
    read("the first closing brace closes", "A=${U:-{}} B=\"${U:-{a,b\\}}\""),
    read("backslashes inside braces", "A=${U:-\\a\\}\\$\\\"} B=\"${U:-\\a\\}\\$\\\"\\`\\\\}\""),
    read("braces in a value", "A={a,b} B={1..3} C={,}"),
    read("braces that expand nothing in export", "export A={} B={a} C='{1,2}' D={a\\,b} x=${U:-{a,b}}"),
    refused("braces that do", "export A=x{a}b,c}", "BraceExpansion"),
    refused("a sequence", "export A={01..3..2}", "BraceExpansion"),
    refused("braces after a variable", "export A=$U{a,b}", "BraceExpansion"),
    read("tildes that stay", "A=~nosuch B=~\"root\" C=~r\\oot D=a~ x=~$E"),
    read("a home that is empty or a slash", "HOME=; A=~/x; HOME=/; B=~/x; C=~"),
    read("names that are reserved words elsewhere", "if=1 then=$if; export if done=2; unset then"),
    read("blank lines, tabs and semicolons", "\t\n\tA=1\t;\tB=2 ;\n\n"),
    read("the last line without its newline", "A=1\nB='2'"),
    refused("an empty command", "A=1;;B=2", "EmptyCommand"),
    refused("a semicolon alone", ";A=1", "EmptyCommand"),
    // Names.
    refused("IFS", "IFS=x", "Owned"),
    refused("a name that bash starts with its own", "BASH_ENV=x", "Owned"),
    refused("bash makes its own of RANDOM", "RANDOM=1", "Owned"),
    refused("bash exports OLDPWD and SHLVL", "OLDPWD=/", "Owned"),
    refused("the prompt is there in dash alone", "A=${PS1-x}", "State"),
    read("the prompt once the file has set it", "PS1=x PS4=y; A=$PS1$PS4"),
    refused("bash knows the host's type", "A=${HOSTTYPE-x}", "State"),
    // What must not be executed.
    refused("process substitution in braces", "A=${U:-<(x)}", "ProcessSubstitution"),
    refused("arithmetic of old", "A=\"$[1+1]\"", "Arithmetic"),
    refused("a command substitution that is not reached", "A=${E:-$(x)}", "CommandSubstitution"),
];

#[test]
fn known_cases() {
    let cases: Vec<Case> = KNOWN
        .iter()
        .map(|known| Case { text: known.text.to_vec(), inside: known.refused.is_empty() })
        .collect();
    let texts: Vec<&[u8]> = cases.iter().map(|case| case.text.as_slice()).collect();
    let results: Vec<_> = texts.iter().map(|text| ours(text)).collect();
    let looked_at: Vec<_> = texts.iter().zip(&results).map(|(text, ours)| names(text, ours)).collect();
    let shells = reference(&texts, &looked_at);
    let mut faults = Vec::new();
    for (((known, case), ours), (dash, bash)) in KNOWN.iter().zip(&cases).zip(&results).zip(&shells) {
        let refusal = ours.as_ref().err().map(|error| format!("{:?}", error.refusal)).unwrap_or_default();
        if refusal.is_empty() != known.refused.is_empty() || !refusal.starts_with(known.refused) {
            faults.push(format!("{}: {refusal:?}, not {:?}", known.name, known.refused));
        }
        faults.extend(judge(case, ours, dash, bash).map(|fault| format!("{}: {fault}", known.name)));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
