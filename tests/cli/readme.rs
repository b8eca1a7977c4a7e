//! The files and commands of the README: the output that it shows is that of the binary. And the
//! folders and files that the description of the architecture lists.

use crate::run::binary;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

const README: &str = include_str!("../../README.md");

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    README.split(fence.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// Writes a block to the path that its first line names, below `root`.
fn write(root: &Path, block: &str) {
    let path = block.lines().next().unwrap().strip_prefix("# /").unwrap();
    std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
    std::fs::write(root.join(path), block).unwrap();
}

#[test]
fn the_commands_of_the_readme_print_the_output_that_it_shows() {
    let root = tempfile::tempdir().unwrap();
    let files = blocks("sh").into_iter().filter(|block| block.starts_with("# /"));
    files.for_each(|block| write(root.path(), block));
    symlink(binary(), root.path().join("docker-runner")).unwrap();
    let transcripts = blocks("console");
    assert_eq!(transcripts.len(), 2);
    for transcript in transcripts {
        let (line, expected) = transcript.strip_prefix("$ ").unwrap().split_once('\n').unwrap();
        let mut words = line.split(' ');
        let result = Command::new(root.path().join(words.next().unwrap()))
            .args(words)
            .env_clear()
            .env("DOCKER_RUNNER_ROOT", root.path())
            .output()
            .unwrap();
        let output = String::from_utf8([result.stdout, result.stderr].concat()).unwrap();
        assert_eq!(output.replace(root.path().to_str().unwrap(), ""), expected);
    }
}

#[test]
fn the_make_targets_of_the_readme_exist() {
    let makefiles = [include_str!("../../Makefile"), include_str!("../../example/Makefile")];
    let words: Vec<&str> = README.split(|letter: char| letter.is_whitespace() || letter == '`').collect();
    let mut seen = Vec::new();
    for pair in words.windows(4).filter(|pair| pair[0] == "make") {
        let (makefile, target) =
            if pair[1] == "-C" { (makefiles[1], pair[3]) } else { (makefiles[0], pair[1]) };
        assert!(makefile.contains(&format!("\n{target}:")), "make {target}");
        seen.push(target);
    }
    for target in ["demo", "test", "check", "install"] {
        assert!(seen.contains(&target), "{seen:?}");
    }
}

/// A name below an indented line is in the folder of the last line that is not indented.
#[test]
fn the_files_in_the_architecture_exist() {
    let text = include_str!("../../docs/architecture.md");
    let list = text.split("```text\n").find(|block| block.starts_with("src/main.rs")).unwrap();
    let (mut folder, mut count) = ("", 0);
    for line in list.split("```").next().unwrap().lines().filter(|line| !line.is_empty()) {
        let names = line.trim_start().split("  ").next().unwrap();
        if !line.starts_with(' ') {
            folder = names;
        }
        for name in names.split(", ") {
            let path = if line.starts_with(' ') { format!("{folder}{name}") } else { name.to_owned() };
            assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(&path).exists(), "{path}");
            count += 1;
        }
    }
    assert!(count > 30, "{count}");
}
