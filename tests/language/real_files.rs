//! Whole files as they are found on hosts.

use crate::compare::{Case, evaluate, find_difference_alone};
use docker_runner::shell::ErrorKind;

/// The value of a variable after a file that dash and bash read with the same result.
#[track_caller]
fn value_after(text: &str, name: &str) -> Vec<u8> {
    let case = Case { text: text.as_bytes().to_vec(), must_be_accepted: true };
    assert_eq!(find_difference_alone(&case), None);
    let evaluation = evaluate(text.as_bytes()).expect("the file is accepted");
    evaluation.scope.string_value(name).unwrap_or_else(|| panic!("{name} is set")).bytes.clone()
}

#[track_caller]
fn error_in(text: &str) -> (ErrorKind, usize, usize) {
    let error = evaluate(text.as_bytes()).expect_err("the file is rejected");
    (error.kind, error.place.line, error.place.column)
}

#[test]
fn the_classic_file() {
    let text = "export IMAGE=\"thraxil/antisocial\"\n\
        export OPTS=\"--link postfix:postfix \\\n     --rm \\\n     -e SECRET_KEY=some_secret_key \\\n     \
        -e BROKER_URL=amqp://user:pass@rabbit:5672//antisocial\"\n\nexport TAG=build-42\n";
    let opts = value_after(text, "OPTS");
    assert!(
        opts.starts_with(
            b"--link postfix:postfix      --rm      -e SECRET_KEY=some_secret_key      -e BROKER"
        )
    );
    assert_eq!(value_after(text, "TAG"), b"build-42");
}

/// In the form that Celery's init script reads.
const CELERYD: &str = "\
# How many workers, and where the program is.
CELERYD_NODES=\"mail\"
#CELERYD_NODES=\"mail feeds images\"
#CELERYD_NODES=10

CELERY_BIN=\"/srv/ve/bin/celery\"
#CELERY_BIN=\"/usr/bin/celery\"

CELERY_APP=\"site\"
#CELERY_APP=\"site.tasks:app\"

CELERYD_CHDIR=\"/srv/site/\"

# The % is kept as it is: the worker fills it in.
CELERYD_OPTS=\"--time-limit=300 --concurrency=8 -Q:mail mail,default\"
CELERYD_LOG_LEVEL=\"INFO\"
CELERYD_LOG_FILE=\"/var/log/celery/%n%I.log\"
CELERYD_PID_FILE=\"/run/celery/%n.pid\"

CELERYD_USER=\"celery\"
CELERYD_GROUP=\"celery\"

# With 1 the folders are made.
CELERY_CREATE_DIRS=1

export DJANGO_SETTINGS_MODULE=\"site.settings\"
";

#[test]
fn the_file_of_celerys_init_script() {
    assert_eq!(value_after(CELERYD, "CELERYD_LOG_FILE"), b"/var/log/celery/%n%I.log");
    assert_eq!(
        value_after(CELERYD, "CELERYD_OPTS"),
        b"--time-limit=300 --concurrency=8 -Q:mail mail,default"
    );
    let text = format!("{CELERYD}CELERYD_OPTS=\"$CELERYD_OPTS --hostname=`hostname`\"\n");
    assert_eq!(error_in(&text), (ErrorKind::Backtick, 27, 40));
}

#[test]
fn files_that_need_a_shell() {
    assert_eq!(error_in("IMAGE=a/b\n. /etc/default/common\n"), (ErrorKind::Source("."), 2, 1));
    assert_eq!(error_in("source /etc/default/common"), (ErrorKind::Source("source"), 1, 1));
    assert_eq!(error_in("if [ -f /etc/x ]; then\n  . /etc/x\nfi\n"), (ErrorKind::Control("if"), 1, 1));
    assert_eq!(error_in("[ -f /etc/x ] && . /etc/x\n"), (ErrorKind::Command(Some("[")), 1, 1));
    assert_eq!(error_in("OPTS=\"-h $(hostname -f)\""), (ErrorKind::CommandSubstitution, 1, 10));
    assert_eq!(error_in("OPTS=\"--cpus $((2*2))\""), (ErrorKind::Arithmetic, 1, 14));
    assert_eq!(error_in("IMAGE = a/b"), (ErrorKind::SpacedAssignment { name: "IMAGE".into() }, 1, 7));
    assert_eq!(error_in("OPTS=--rm -it\n"), (ErrorKind::Command(None), 1, 11));
}

#[test]
fn a_secret_with_everything_in_it() {
    let secret = r#"x$(id)'#!y `z` "w" \$HOME & ; | é"#.as_bytes();
    let single = "export SECRET_KEY='x$(id)'\\''#!y `z` \"w\" \\$HOME & ; | é' # it's one\n";
    assert_eq!(value_after(single, "SECRET_KEY"), secret);
    let double = "export SECRET_KEY=\"x\\$(id)'#!y \\`z\\` \\\"w\\\" \\\\\\$HOME & ; | é\"\n";
    assert_eq!(value_after(double, "SECRET_KEY"), secret);
    let bare = "SECRET_KEY=x\\$\\(id\\)\\'#!y\\ \\`z\\`\\ \\\"w\\\"\\ \\\\\\$HOME\\ \\&\\ \\;\\ \\|\\ é";
    assert_eq!(value_after(bare, "SECRET_KEY"), secret);
}

#[test]
fn crlf_has_the_result_of_lf() {
    let text = "# site\nexport IMAGE=\"a/b\"\nexport OPTS=\"--rm \\\n  -e A=1\"\nB='x\ny' # z\n";
    let carriage = text.replace('\n', "\r\n");
    assert_eq!(value_after(text, "OPTS"), b"--rm   -e A=1");
    let (with, without) = (evaluate(carriage.as_bytes()).unwrap(), evaluate(text.as_bytes()).unwrap());
    assert_eq!((&with.scope, with.notes.len()), (&without.scope, 1));
}

#[test]
fn no_final_newline() {
    assert_eq!(value_after("A=1\nexport B='2'", "B"), b"2");
    assert_eq!(value_after("A=1 # last", "A"), b"1");
    assert_eq!(value_after("A=1\n  ", "A"), b"1");
}

#[test]
fn a_value_of_64_kilobytes() {
    let long = "0123456789abcde ".repeat(4096);
    assert_eq!(value_after(&format!("A='{long}'\nB=\"$A\"\nexport C=$B"), "C").len(), 65536);
    let escaped = "\\$x ".repeat(16384);
    assert_eq!(value_after(&format!("A=\"{escaped}\""), "A").len(), 3 * 16384);
}

#[test]
fn ten_thousand_lines() {
    let mut text = String::from("OPTS=\"--rm \\\n");
    for line in 0..5000 {
        text.push_str(&format!("  -e NAME_{line}=value \\\n"));
    }
    text.push_str("\"\n");
    for line in 0..5000 {
        text.push_str(&format!("export E=\"x{line}\" # {line}\n"));
    }
    assert_eq!(value_after(&text, "E"), b"x4999");
    assert_eq!(evaluate((text + "A=$(x)").as_bytes()).unwrap_err().place.line, 10_003);
}

/// In linear time: in quadratic time this takes more than a minute.
#[test]
fn two_hundred_thousand_names_unset_under_allexport() {
    let names: String = (0..200_000).map(|name| format!("unset A{}\n", name * 7919 % 200_000)).collect();
    assert!(evaluate(format!("set -a\n{names}").as_bytes()).is_ok());
}
