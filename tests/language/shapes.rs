//! Files as they are found on hosts, whole.

use crate::compare::{Case, alone, ours};
use docker_runner::shell::Refusal;

/// Read by all three alike; gives one variable.
#[track_caller]
fn value(text: &str, name: &str) -> Vec<u8> {
    let case = Case { text: text.as_bytes().to_vec(), inside: true };
    assert_eq!(alone(&case), None);
    let evaluated = ours(text.as_bytes()).expect("it is read");
    evaluated.scope.text(name).unwrap_or_else(|| panic!("{name} is set")).bytes.clone()
}

#[track_caller]
fn refusal(text: &str) -> (Refusal, usize, usize) {
    let error = ours(text.as_bytes()).expect_err("it is refused");
    (error.refusal, error.place.line, error.place.column)
}

#[test]
fn the_classic_file() {
    let text = "export IMAGE=\"thraxil/antisocial\"\n\
        export OPTS=\"--link postfix:postfix \\\n     --rm \\\n     -e SECRET_KEY=some_secret_key \\\n     \
        -e BROKER_URL=amqp://user:pass@rabbit:5672//antisocial\"\n\nexport TAG=build-42\n";
    let opts = value(text, "OPTS");
    assert!(
        opts.starts_with(
            b"--link postfix:postfix      --rm      -e SECRET_KEY=some_secret_key      -e BROKER"
        )
    );
    assert_eq!(value(text, "TAG"), b"build-42");
}

/// As the init script of Celery reads them.
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
    assert_eq!(value(CELERYD, "CELERYD_LOG_FILE"), b"/var/log/celery/%n%I.log");
    assert_eq!(value(CELERYD, "CELERYD_OPTS"), b"--time-limit=300 --concurrency=8 -Q:mail mail,default");
    let text = format!("{CELERYD}CELERYD_OPTS=\"$CELERYD_OPTS --hostname=`hostname`\"\n");
    assert_eq!(refusal(&text), (Refusal::Backtick, 27, 40));
}

#[test]
fn files_that_need_a_shell() {
    assert_eq!(refusal("IMAGE=a/b\n. /etc/default/common\n"), (Refusal::Source("."), 2, 1));
    assert_eq!(refusal("source /etc/default/common"), (Refusal::Source("source"), 1, 1));
    assert_eq!(refusal("if [ -f /etc/x ]; then\n  . /etc/x\nfi\n"), (Refusal::Control("if"), 1, 1));
    assert_eq!(refusal("[ -f /etc/x ] && . /etc/x\n"), (Refusal::Command(Some("[")), 1, 1));
    assert_eq!(refusal("OPTS=\"-h $(hostname -f)\""), (Refusal::CommandSubstitution, 1, 10));
    assert_eq!(refusal("OPTS=\"--cpus $((2*2))\""), (Refusal::Arithmetic, 1, 14));
    assert_eq!(refusal("IMAGE = a/b"), (Refusal::SpacedAssignment { name: "IMAGE".into() }, 1, 7));
    assert_eq!(refusal("OPTS=--rm -it\n"), (Refusal::Command(None), 1, 11));
}

#[test]
fn a_secret_with_everything_in_it() {
    let secret = r#"x$(id)'#!y `z` "w" \$HOME & ; | é"#.as_bytes();
    let single = "export SECRET_KEY='x$(id)'\\''#!y `z` \"w\" \\$HOME & ; | é' # it's one\n";
    assert_eq!(value(single, "SECRET_KEY"), secret);
    let double = "export SECRET_KEY=\"x\\$(id)'#!y \\`z\\` \\\"w\\\" \\\\\\$HOME & ; | é\"\n";
    assert_eq!(value(double, "SECRET_KEY"), secret);
    let bare = "SECRET_KEY=x\\$\\(id\\)\\'#!y\\ \\`z\\`\\ \\\"w\\\"\\ \\\\\\$HOME\\ \\&\\ \\;\\ \\|\\ é";
    assert_eq!(value(bare, "SECRET_KEY"), secret);
}

#[test]
fn crlf_reads_as_lf_does() {
    let text = "# site\nexport IMAGE=\"a/b\"\nexport OPTS=\"--rm \\\n  -e A=1\"\nB='x\ny' # z\n";
    let carriage = text.replace('\n', "\r\n");
    assert_eq!(value(text, "OPTS"), b"--rm   -e A=1");
    let (with, without) = (ours(carriage.as_bytes()).unwrap(), ours(text.as_bytes()).unwrap());
    assert_eq!((&with.scope, with.notes.len()), (&without.scope, 1));
}

#[test]
fn no_final_newline() {
    assert_eq!(value("A=1\nexport B='2'", "B"), b"2");
    assert_eq!(value("A=1 # last", "A"), b"1");
    assert_eq!(value("A=1\n  ", "A"), b"1");
}

#[test]
fn a_value_of_64_kilobytes() {
    let long = "0123456789abcde ".repeat(4096);
    assert_eq!(value(&format!("A='{long}'\nB=\"$A\"\nexport C=$B"), "C").len(), 65536);
    let escaped = "\\$x ".repeat(16384);
    assert_eq!(value(&format!("A=\"{escaped}\""), "A").len(), 3 * 16384);
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
    assert_eq!(value(&text, "E"), b"x4999");
    assert_eq!(ours((text + "A=$(x)").as_bytes()).unwrap_err().place.line, 10_003);
}

/// In a time that grows with the file: this took a minute.
#[test]
fn two_hundred_thousand_names_unset_under_allexport() {
    let names: String = (0..200_000).map(|name| format!("unset A{}\n", name * 7919 % 200_000)).collect();
    assert!(ours(format!("set -a\n{names}").as_bytes()).is_ok());
}
