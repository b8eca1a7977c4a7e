//! `--list`: the apps of a host as a table.

use super::host;
use crate::run::Test;

/// A docker that counts how often it is called.
const DOCKER: &str = "#!/bin/sh\n\
    echo \"$*\" >> calls\n\
    printf 'thraxil/antisocial:build-42\\tantisocial\\trunning\\n'\n\
    printf 'thraxil/antisocial:build-41\\tantisocial-worker\\texited\\n'\n\
    printf 'thraxil/antisocial:next\\tantisocial-staging\\trunning\\n'\n\
    printf '0123456789ab\\tother\\trunning\\n'\n";

fn host_with_apps() -> Test {
    host()
        .program("bin/docker", DOCKER)
        .file("etc/default/antisocial", "export IMAGE=thraxil/antisocial\nexport OPTS='-e A=secret'\n")
        .file("etc/default/antisocial@staging", "OPTS=--rm\n")
        .file("etc/default/broken", "IMAGE=`id`\n")
        .file("etc/default/blog", "IMAGE=host:5000/blog:v1\n")
        .file("var/www/antisocial/TAG", "export TAG=build-42\n")
        .file("var/www/antisocial/REVERT", "export TAG=build-41\n")
        .file("var/www/antisocial@staging/TAG", "TAG=next\n")
}

#[test]
fn a_table_with_one_call_to_docker() {
    let folder = host_with_apps()
        .args(["--list"])
        .stdout(
            "APP                 IMAGE                             TAG       PREVIOUS  CONTAINERS\n\
             antisocial          thraxil/antisocial                build-42  build-41  antisocial (running), antisocial-worker (exited)\n\
             antisocial@staging  thraxil/antisocial                next      -         antisocial-worker (exited), antisocial-staging (running)\n\
             blog                host:5000/blog                    v1        -         -\n\
             broken              ? (docker-runner --check broken)  -         -         -\n",
        )
        .run();
    let calls = std::fs::read_to_string(folder.path().join("calls")).unwrap();
    assert_eq!(calls.lines().count(), 1, "{calls}");
}

#[test]
fn prints_json() {
    host_with_apps()
        .program("bin/docker", "#!/bin/sh\nprintf 'host:5000/blog:v1\\tblog\\trunning\\n'\n")
        .args(["--list", "--format=json"])
        .stdout(
            "[{\"app\":\"antisocial\",\"image\":\"thraxil/antisocial\",\"tag\":\"build-42\",\
             \"previous\":\"build-41\",\"containers\":[]},\
             {\"app\":\"antisocial@staging\",\"image\":\"thraxil/antisocial\",\"tag\":\"next\",\
             \"previous\":null,\"containers\":[]},\
             {\"app\":\"blog\",\"image\":\"host:5000/blog\",\"tag\":\"v1\",\"previous\":null,\
             \"containers\":[{\"name\":\"blog\",\"image\":\"host:5000/blog:v1\",\"state\":\"running\"}]},\
             {\"app\":\"broken\",\"image\":null,\"tag\":null,\"previous\":null,\"containers\":[]}]\n",
        )
        .run();
}

#[test]
fn previous_is_beside_the_tag_file_in_use() {
    host()
        .program("bin/docker", "#!/bin/sh\n")
        .file("etc/default/a", "IMAGE=x\n")
        .file("etc/default/a@b", "OPTS=--rm\n")
        .file("etc/default/web", "APP=other\nIMAGE=y\n")
        .file("var/www/a/TAG", "TAG=2\n")
        .file("var/www/a/REVERT", "TAG=1\n")
        .file("var/www/other/TAG", "TAG=4\n")
        .file("var/www/other/REVERT", "TAG=3\n")
        .args(["--list"])
        .stdout(
            "APP  IMAGE  TAG  PREVIOUS  CONTAINERS\n\
             a    x      2    1         -\n\
             a@b  x      2    1         -\n\
             web  y      4    3         -\n",
        )
        .run();
}

#[test]
fn a_shell_can_source_the_files() {
    let test = || host().program("bin/docker", "#!/bin/sh\n").file("etc/default/a", "IMAGE=$(echo x):y\n");
    let table = "APP  IMAGE  TAG  PREVIOUS  CONTAINERS\na    x      y    -         -\n";
    test().args(["--list", "--shell", "/bin/sh"]).stdout(table).run();
    test().env("DOCKER_RUNNER_SHELL", "/bin/sh").args(["--list"]).stdout(table).run();
}

#[test]
fn every_file_that_assigns_image_is_an_app() {
    let files = [
        ("a1", "readonly IMAGE=x:1\n"),
        ("a2", "A=1 IMAGE=x:1\n"),
        ("a3", "export A=1 IMAGE=x:1\n"),
        ("a4", "export 'IMAGE=x:1'\n"),
        ("a5", "export -- IMAGE=x:1\n"),
        ("a6", ": ${IMAGE:=x:1}\n"),
        ("a7", "\u{feff}IMAGE=x:1\n"),
        ("a8", "IM\\\nAGE=x:1\n"),
        ("a9", "IMAGE=`id`\n"),
        ("b1", "A='\nIMAGE=inside\n'\n"),
        ("b2", "# IMAGE=x\nMYIMAGE=x\nexport IMAGE\nunset IMAGE\n"),
        ("b3", "\0\x01 no text at all"),
    ];
    let test =
        files.iter().fold(host(), |test, (name, text)| test.file(&format!("etc/default/{name}"), text));
    test.args(["--complete"]).stdout("a1\na2\na3\na4\na5\na6\na7\na8\na9\n").run();
}

#[test]
fn lists_apps_without_docker() {
    host()
        .env("PATH", "[folder]/nothing")
        .file("etc/default/blog", "IMAGE=blog:v1\n")
        .args(["--list"])
        .stdout("APP   IMAGE  TAG  PREVIOUS  CONTAINERS\nblog  blog   v1   -         ?\n")
        .stderr("docker-runner: warning: cannot list the containers: docker info shows the reason\n")
        .run();
}
