//! The files that are read, their order, and their effect.

use super::{antisocial, host};
use crate::run::Test;

#[test]
fn an_instance_reads_its_own_files_after_the_apps() {
    antisocial()
        .file("etc/default/antisocial@staging", "OPTS=\"--rm --name $APP-$INSTANCE\"\n")
        .file("var/www/antisocial@staging/TAG", "TAG=next\n")
        .args(["-n", "antisocial@staging", "run"])
        .stdout("docker run --rm --name antisocial-staging thraxil/antisocial:next run\n")
        .run();
}

#[test]
fn warns_of_an_instance_without_files() {
    let warning = "docker-runner: warning: antisocial@stagign has the settings and the tag of the app: neither \
                [folder]/etc/default/antisocial@stagign nor [folder]/var/www/antisocial@stagign/TAG exists: ";
    for (existing, help) in [
        ("etc/default/antisocial@staging", "did you mean antisocial@staging?"),
        ("etc/default/other", "create one of them"),
    ] {
        for option in ["-n", "--tag=build-42"] {
            let line = "docker run --link postfix:postfix --rm -e 'SECRET_KEY=***' -e 'BROKER_URL=***' \
                        thraxil/antisocial:build-42\n";
            let options: &[&str] = if option == "-n" { &["-n"] } else { &["-n", option] };
            let test = antisocial().file(existing, "OPTS=--rm\n").args(options);
            test.args(["antisocial@stagign"]).stdout(line).stderr(&format!("{warning}{help}\n")).run();
        }
    }
}

#[test]
fn a_stale_pwd_is_ignored() {
    let test = |pwd: &str| {
        let test = host().file("etc/default/a", "IMAGE=x:y\nOPTS=\"-v $PWD:/data\"\n");
        test.link("link", ".").env("PWD", pwd).args(["-n", "a"])
    };
    let real = |test: &Test| std::fs::canonicalize(test.folder()).unwrap().display().to_string();
    for pwd in ["/stale", ".", "", "[folder]/."] {
        let test = test(pwd);
        let line = format!("docker run -v {}:/data x:y\n", real(&test));
        test.stdout(line).run();
    }
    test("[folder]/link").stdout("docker run -v [folder]/link:/data x:y\n").run();
}

#[test]
fn an_instance_without_a_tag_has_the_tag_of_the_app() {
    antisocial()
        .file("etc/default/antisocial@staging", "OPTS=--rm\n")
        .args(["-n", "antisocial@staging"])
        .stdout("docker run --rm thraxil/antisocial:build-42\n")
        .run();
}

#[test]
fn a_file_that_sets_app_moves_the_tag() {
    host()
        .file("etc/default/web", "APP=antisocial\nIMAGE=thraxil/$APP\n")
        .file("var/www/antisocial/TAG", "TAG=moved\n")
        .args(["-n", "web"])
        .stdout("docker run thraxil/antisocial:moved\n")
        .run();
}

#[test]
fn docker_inherits_only_what_the_file_exports() {
    host()
        .file("etc/default/a", "export IMAGE=x:y GREETING=hello PATH=/nowhere\nQUIET=1\nunset GONE\n")
        .env("GONE", "1")
        .program("bin/docker", "#!/bin/sh\necho \"$GREETING $PATH ${QUIET-unset} ${GONE-unset}\"\n")
        .args(["a"])
        .stdout("hello /nowhere unset unset\n")
        .run();
}

#[test]
fn an_array_keeps_blanks() {
    host()
        .file("etc/default/a", "IMAGE=x:y\nOPTS=(--rm -e \"GREETING=hello world\" --label 'a  b')\n")
        .args(["-n", "a"])
        .stdout("docker run --rm -e 'GREETING=***' --label 'a  b' x:y\n")
        .run();
}

#[test]
fn the_scope_has_what_bash_sets() {
    host()
        .file("etc/default/a", "IMAGE=x:y\nOPTS=\"--hostname $HOSTNAME -u $UID:$EUID --label h=$HOME\"\n")
        .env("HOSTNAME", "web1")
        .env("UID", "7")
        .env("EUID", "8")
        .env("HOME", "/home/me")
        .args(["-n", "a"])
        .stdout("docker run --hostname web1 -u 7:8 --label 'h=/home/me' x:y\n".replace('\'', ""))
        .run();
}

#[test]
fn accepts_a_digest_instead_of_a_tag() {
    let digest = format!("sha256:{}", "0123456789abcdef".repeat(4));
    host()
        .file("etc/default/a", format!("IMAGE=host:5000/x@{digest}\n"))
        .args(["-n", "a"])
        .stdout(format!("docker run host:5000/x@{digest}\n"))
        .run();
    host()
        .file("etc/default/a", "IMAGE=host:5000/x\n")
        .file("var/www/a/TAG", format!("# comment\n\nexport TAG='v1@{digest}'\n"))
        .args(["-n", "a"])
        .stdout(format!("docker run host:5000/x:v1@{digest}\n"))
        .run();
}

#[test]
fn a_dry_run_prints_one_line_and_masks_secrets() {
    antisocial()
        .args(["--dry-run", "antisocial", "migrate", "it's"])
        .stdout(
            "docker run --link postfix:postfix --rm -e 'SECRET_KEY=***' -e 'BROKER_URL=***' \
             thraxil/antisocial:build-42 migrate 'it'\\''s'\n",
        )
        .run();
}

#[test]
fn a_tag_from_the_command_line_wins() {
    antisocial()
        .args(["-n", "--tag", "v2", "antisocial"])
        .stdout(
            "docker run --link postfix:postfix --rm -e 'SECRET_KEY=***' -e 'BROKER_URL=***' \
             thraxil/antisocial:v2\n",
        )
        .run();
}

#[test]
fn root_can_be_an_option() {
    let test = antisocial().env("EXTRA", "--init");
    let root = test.folder().to_owned();
    test.env("DOCKER_RUNNER_ROOT", "/nowhere")
        .args(["-n".as_ref(), "--root".as_ref(), root.as_os_str(), "antisocial".as_ref()])
        .stdout(
            "docker run --link postfix:postfix --rm -e 'SECRET_KEY=***' -e 'BROKER_URL=***' --init \
             thraxil/antisocial:build-42\n",
        )
        .run();
}

#[test]
fn a_tag_replaced_during_the_read_is_the_old_or_the_new_one() {
    let test = host().file("etc/default/a", "IMAGE=x\n").file("var/www/a/TAG", "TAG=old\n").args(["-n", "a"]);
    let (tag, next) = (test.path("var/www/a/TAG"), test.path("var/www/a/TAG.next"));
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for value in ["TAG=new-and-longer\n", "TAG=old\n"].into_iter().cycle() {
                std::fs::write(&next, value).unwrap();
                std::fs::rename(&next, &tag).unwrap();
                if done.load(std::sync::atomic::Ordering::Relaxed) {
                    break;
                }
            }
        });
        for _ in 0..50 {
            let output = test.output();
            let stdout = String::from_utf8(output.stdout).unwrap();
            let whole = stdout == "docker run x:old\n" || stdout == "docker run x:new-and-longer\n";
            // Before the assertion, so that the writer ends too.
            done.store(!whole, std::sync::atomic::Ordering::Relaxed);
            assert!(whole, "{stdout}{}", String::from_utf8_lossy(&output.stderr));
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}
