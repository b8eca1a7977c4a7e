//! Changes generated files, so that many of them are no longer accepted.

use crate::random::Random;

/// Text that is inserted. It runs no program: the shells have an empty PATH, and none of the
/// names is a builtin.
const TOKENS: [&str; 82] = [
    "$(B)",
    "`B`",
    "$((1))",
    "$[1]",
    "$1",
    "$@",
    "$*",
    "$#",
    "$?",
    "$$",
    "$!",
    "$-",
    "$0",
    "${1}",
    "${#A}",
    "${!A}",
    "${A%x}",
    "${A#x}",
    "${A/x/y}",
    "${A:1:2}",
    "${A^}",
    "${A,}",
    "${A@Q}",
    "${A[0]}",
    "${}",
    "${ A}",
    "$'x'",
    "$\"x\"",
    "'",
    "\"",
    "\\",
    "\n",
    ";",
    ";;",
    "&",
    "&&",
    "|",
    "||",
    "(",
    ")",
    "<",
    ">",
    "<<A\n",
    "{a,b}",
    "{1..3}",
    "+=",
    "[0]=",
    " = ",
    "= ",
    "~+",
    "~-",
    "~0",
    "~",
    " -p ",
    " -n ",
    " -f ",
    "A=1 export B=2",
    "A=1 : ",
    ". ./A",
    "source ./A",
    "if A; then B; fi",
    "#",
    "!",
    " ",
    "\t",
    "{ ",
    "}",
    "$RANDOM",
    "$LINENO",
    "UID=1 ",
    "IFS=x\n",
    "readonly A=1\n",
    "A=2\n",
    "declare A=1",
    "A() { B; }",
    "[ A ]",
    "case A in A) B;; esac",
    "<(A)",
    "$",
    "${",
    "${A:-",
    "${A:?x}",
];

/// Makes one to three changes.
pub(crate) fn mutate(text: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..1 + random.below(3) {
        let at = random.below(text.len() + 1);
        match random.below(6) {
            0 if at < text.len() => {
                text.remove(at);
            }
            1 if at + 1 < text.len() => text.swap(at, at + 1),
            2 => {
                let end = (at + random.below(8)).min(text.len());
                let copy = text[at..end].to_vec();
                let to = random.below(text.len() + 1);
                text.splice(to..to, copy);
            }
            3 => {
                let end = (at + random.below(8)).min(text.len());
                text.drain(at..end);
            }
            _ => {
                let token = random.pick(&TOKENS);
                text.splice(at..at, token.bytes());
            }
        }
    }
}
