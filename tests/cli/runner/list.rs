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

fn hosts() -> Test {
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
    let folder = hosts()
        .args(["--list"])
        .stdout(
            "APP                 IMAGE                             TAG       PREVIOUS  CONTAINERS\n\
             antisocial          thraxil/antisocial                build-42  build-41  antisocial (running), antisocial-worker (exited)\n\
             antisocial@staging  thraxil/antisocial                next      build-41  antisocial-worker (exited), antisocial-staging (running)\n\
             blog                host:5000/blog                    v1        -         -\n\
             broken              ? (docker-runner --check broken)  -         -         -\n",
        )
        .run();
    let calls = std::fs::read_to_string(folder.path().join("calls")).unwrap();
    assert_eq!(calls.lines().count(), 1, "{calls}");
}

#[test]
fn for_programs() {
    hosts()
        .program("bin/docker", "#!/bin/sh\nprintf 'host:5000/blog:v1\\tblog\\trunning\\n'\n")
        .args(["--list", "--format=json"])
        .stdout(
            "[{\"app\":\"antisocial\",\"image\":\"thraxil/antisocial\",\"tag\":\"build-42\",\
             \"previous\":\"build-41\",\"containers\":[]},\
             {\"app\":\"antisocial@staging\",\"image\":\"thraxil/antisocial\",\"tag\":\"next\",\
             \"previous\":\"build-41\",\"containers\":[]},\
             {\"app\":\"blog\",\"image\":\"host:5000/blog\",\"tag\":\"v1\",\"previous\":null,\
             \"containers\":[{\"name\":\"blog\",\"image\":\"host:5000/blog:v1\",\"state\":\"running\"}]},\
             {\"app\":\"broken\",\"image\":null,\"tag\":null,\"previous\":null,\"containers\":[]}]\n",
        )
        .run();
}

#[test]
fn without_docker_the_rest_is_told() {
    host()
        .env("PATH", "[folder]/nothing")
        .file("etc/default/blog", "IMAGE=blog:v1\n")
        .args(["--list"])
        .stdout("APP   IMAGE  TAG  PREVIOUS  CONTAINERS\nblog  blog   v1   -         ?\n")
        .stderr("docker-runner: warning: cannot ask docker for its containers: docker info tells why\n")
        .run();
}
