//! The wheelhouse, with a pip that makes a wheel of every name it is given.

use crate::run::{Test, until};
use nix::sys::signal::{SIGTERM, kill};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

/// Behaves like Python and pip: prints its ABI, builds a wheel for every requirement,
/// path of a wheel or folder. Prints its arguments, and fails if a
/// requirement is called `broken`.
const PYTHON: &str = r#"#!/bin/sh
if [ "$1" = -c ]; then
    printf 'cpython-313-x86_64-linux-gnu\n3.13.5 25.1\n'
    exit
fi
echo "pip $*" | sed "s|$ROOT/||g"
shift 2
into=
while [ $# -gt 0 ]; do
    case $1 in
    --wheel-dir) into=$2; shift ;;
    --find-links) ls "$2"; links=$2; shift ;;
    --dest) cp "$links"/*-cp313.whl "$2"; shift ;;
    -r) while read -r name rest; do
            case $name in
            broken) exit 1 ;;
            slow) touch "$ROOT/started"; exec sleep 60 ;;
            *) [ -z "$name" ] || echo "$name" >"$into/$name-1.0-py3-none-any.whl" ;;
            esac
        done <"$2"; shift ;;
    *.whl) cp "$1" "$into" ;;
    */*) cat "$1"/*.py >"$into/$(basename "$1")-1.0-py3-none-any.whl" ;;
    esac
    shift
done
"#;

fn builder() -> Test {
    Test::new("docker-entrypoint")
        .env("PATH", "/usr/bin:/bin")
        .env("ROOT", "[folder]")
        .env("VIRTUAL_ENV", "[folder]/ve")
        .env("ENTRYPOINT_APP_DIR", "[folder]/app")
        .env("ENTRYPOINT_WHEELHOUSE", "[folder]/wheelhouse")
        .program("ve/bin/python", PYTHON)
        .args(["wheels"])
}

fn project() -> Test {
    builder()
        .file("app/requirements.txt", "Django\nsix\n")
        .file("app/vendor/mylib/setup.py", "")
        .file("app/vendor/mylib/mylib.py", "X = 1\n")
        .file("app/vendor/README", "")
}

const VENDOR: &str =
    "pip -m pip wheel --no-deps --wheel-dir wheelhouse/.new/vendor/0 wheelhouse/.new/vendor/0/source/mylib\n";

/// Runs it and returns its output, standard error last.
fn output_of(test: &Test) -> String {
    let output = test.output();
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8(text).unwrap().replace(&format!("{}/", test.folder().display()), "")
}

fn names(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder.join("wheelhouse")).unwrap();
    let mut names: Vec<String> = names.map(|name| name.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn stamp(test: &Test) -> (String, std::time::SystemTime) {
    let path = test.path("wheelhouse/stamp");
    (std::fs::read_to_string(&path).unwrap(), path.metadata().unwrap().modified().unwrap())
}

#[test]
fn every_requirement_and_private_package_becomes_a_wheel() {
    let test = project();
    let main = "pip -m pip wheel --wheel-dir wheelhouse/.new/wheels -r requirements.txt \
                wheelhouse/.new/vendor/0/mylib-1.0-py3-none-any.whl\n";
    let summary = "docker-entrypoint: wheelhouse: 3 wheels, 3 new, 0 removed\n";
    assert_eq!(output_of(&test), format!("{VENDOR}{main}{summary}"));
    let wheels = ["Django-1.0-py3-none-any.whl", "mylib-1.0-py3-none-any.whl", "six-1.0-py3-none-any.whl"];
    assert_eq!(names(test.folder()), [&[".inputs"][..], &wheels, &["stamp"]].concat());
    let (text, _) = stamp(&test);
    let mut lines = text.lines().skip(1);
    assert_eq!(lines.next(), Some("# cpython-313-x86_64-linux-gnu"));
    for (line, wheel) in lines.zip(wheels) {
        assert!(line.len() == 66 + wheel.len() && line.ends_with(&format!("  {wheel}")), "{line}");
    }
}

#[test]
fn the_same_inputs_change_nothing() {
    let test = project();
    output_of(&test);
    let before = stamp(&test);
    assert_eq!(output_of(&test), "docker-entrypoint: wheelhouse is up to date\n");
    assert_eq!(stamp(&test), before);
}

#[test]
fn current_wheels_are_kept_and_stale_ones_removed() {
    let test = project();
    output_of(&test);
    let before = stamp(&test);
    let test = test.file("app/requirements.txt", "Django\nsix # the same\n");
    let main = "pip -m pip wheel --wheel-dir wheelhouse/.new/wheels --find-links wheelhouse/.new/kept \
                -r requirements.txt wheelhouse/mylib-1.0-py3-none-any.whl\n\
                Django-1.0-py3-none-any.whl\nsix-1.0-py3-none-any.whl\n";
    let summary = |what: &str| format!("docker-entrypoint: wheelhouse: {what} removed\n");
    assert_eq!(output_of(&test), format!("{main}{}", summary("3 wheels, 0 new, 0")));
    assert_eq!(stamp(&test), before, "the result is the same, and so is the stamp");
    let test = test.file("app/requirements.txt", "Django\ncelery\n");
    assert_eq!(output_of(&test), format!("{main}{}", summary("3 wheels, 1 new, 1")));
    assert_ne!(stamp(&test).0, before.0);
    assert!(!names(test.folder()).contains(&"six-1.0-py3-none-any.whl".to_owned()));
}

#[test]
fn changed_private_source_is_built_again() {
    let test = project();
    output_of(&test);
    let test = test.file("app/vendor/mylib/__pycache__/x.pyc", "").file("app/vendor/mylib/build/x", "");
    assert!(output_of(&test).ends_with("up to date\n"));
    let test = test.file("app/vendor/mylib/mylib.py", "X = 2\n");
    let text = output_of(&test);
    assert!(text.starts_with(VENDOR) && text.contains("1 new"), "{text}");
    assert!(!text.contains("\nmylib-1.0-py3-none-any.whl\n"), "the old one must not be found: {text}");
}

#[test]
fn a_damaged_wheel_is_built_again() {
    let test = project();
    output_of(&test);
    let test = test.file("wheelhouse/six-1.0-py3-none-any.whl", "damaged");
    let text = output_of(&test);
    assert!(text.contains("1 new") && !text.contains("\nsix-1.0-py3-none-any.whl\n"), "{text}");
}

#[test]
fn a_failure_changes_nothing() {
    let test = project();
    output_of(&test);
    let (before, stamped) = (names(test.folder()), stamp(&test));
    let test = test.file("app/requirements.txt", "celery\nbroken\n");
    let text = output_of(&test);
    let line = "docker-entrypoint: cannot build the requirements: see pip's output above; ";
    assert!(text.contains(line) && text.ends_with("wheelhouse is unchanged\n"), "{text}");
    assert_eq!(test.output().status.code(), Some(1));
    assert_eq!((names(test.folder()), stamp(&test)), (before, stamped));
}

#[test]
fn a_signal_stops_pip_and_cleans_up() {
    let test = project();
    output_of(&test);
    let before = names(test.folder());
    let test = test.file("app/requirements.txt", "celery\nslow\n");
    let child = test.command().stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    until("pip has started", || test.path("started").exists());
    end(&test, child);
    assert_eq!(names(test.folder()), before);
}

/// Sends it SIGTERM. It prints nothing else.
#[track_caller]
fn end(test: &Test, child: Child) {
    kill(Pid::from_raw(child.id().try_into().unwrap()), SIGTERM).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(143), "{text}");
    let wheelhouse = test.path("wheelhouse");
    let line = format!("docker-entrypoint: cancelled by signal 15; {} is unchanged\n", wheelhouse.display());
    assert_eq!(text, line);
}

#[test]
fn a_signal_ends_the_wait_for_another_build() {
    let test = project().file("app/requirements.txt", "slow\n");
    let first = test.command().stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    until("pip has started", || test.path("started").exists());
    let mut second = test.command().stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(second.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    let waits = "docker-entrypoint: waiting for another build in ";
    assert_eq!(line, format!("{waits}{}\n", test.path("wheelhouse").display()));
    kill(Pid::from_raw(second.id().try_into().unwrap()), SIGTERM).unwrap();
    assert_eq!(second.wait().unwrap().code(), Some(143));
    // The first build continues.
    end(&test, first);
}

#[test]
fn options_and_variables_of_pip_are_inputs() {
    let test = project();
    output_of(&test);
    let test = test.args(["--no-binary", "six"]);
    assert!(output_of(&test).contains(" --no-binary six\n"));
    assert!(output_of(&test).ends_with("up to date\n"));
    let test = test.env("PIP_NO_BINARY", "lxml");
    assert!(output_of(&test).contains("3 wheels"));
    let test = test.file("app/requirements.txt", "-r more.txt\n").file("app/more.txt", "six\n");
    output_of(&test);
    let test = test.file("app/more.txt", "Django\n");
    assert!(output_of(&test).contains("wheels"));
}

#[test]
fn private_packages_get_hashes() {
    let test = project().file("app/requirements.txt", "six --hash=sha256:00\n");
    let text = output_of(&test);
    assert!(text.contains(" -r requirements.txt -r wheelhouse/.new/vendor/requirements.txt\n"), "{text}");
}

#[test]
fn used_entries_of_pips_cache_are_kept() {
    let test = project().file("wheelhouse/.cache/wheels/1/six-1.0-py3-none-any.whl", "");
    test.output();
    // According to the stamp, the cache belongs to another platform, so nothing in it is used.
    assert!(!test.path("wheelhouse/.cache").exists());
    let test = test.file("wheelhouse/.cache/wheels/1/six-1.0-py3-none-any.whl", "");
    let test = test.file("wheelhouse/.cache/wheels/2/old-1.0-py3-none-any.whl", "");
    let test = test.file("wheelhouse/.cache/http-v2/small", "").file("wheelhouse/.cache/large/x", "");
    let large = std::fs::File::create(test.path("wheelhouse/.cache/large/x")).unwrap();
    large.set_len(65 << 20).unwrap();
    let test = test.file("app/requirements.txt", "six\n");
    test.output();
    let left = ["wheels/1", "wheels/2", "http-v2/small", "large"]
        .map(|name| test.path("wheelhouse/.cache").join(name).exists());
    assert_eq!(left, [true, false, true, false]);
}

#[test]
fn bad_input_is_reported() {
    let text = "docker-entrypoint: cannot find [folder]/app/requirements.txt: list the project's requirements in it\n";
    builder().file("app/manage.py", "").stderr(text).code(125).run();
    let text = "docker-entrypoint: cannot build wheels: [folder]/ve/bin/python has no pip: build them in the builder image\n";
    project().program("ve/bin/python", "#!/bin/sh\nexit 1\n").stderr(text).code(125).run();
    let text = "docker-entrypoint: cannot choose among the files of lib in [folder]/app/vendor: keep one that fits this Python\n";
    let test = builder().file("app/requirements.txt", "").file("app/vendor/lib-1.tar.gz", "1");
    test.file("app/vendor/lib-2.tar.gz", "2").stderr(text).code(125).run();
    let text = "docker-entrypoint: [folder]/app/vendor/notes is not a package: it has neither pyproject.toml nor setup.py\n\
                docker-entrypoint: [folder]/wheelhouse: 0 wheels, 0 new, 0 removed\n";
    builder().file("app/requirements.txt", "# none\n").file("app/vendor/notes/x", "").stderr(text).run();
}

#[test]
fn pip_chooses_the_matching_file() {
    let test = builder().file("app/requirements.txt", "");
    let test = test.file("app/vendor/lib-1-cp39.whl", "1").file("app/vendor/lib-1-cp313.whl", "2");
    let test = test.file("app/vendor/lib-1.tar.gz", "3");
    let text = output_of(&test);
    assert!(text.contains(" -r requirements.txt app/vendor/lib-1-cp313.whl\n"), "{text}");
}

#[test]
fn a_dry_run_shows_one_line_and_builds_nothing() {
    let line = "cd [folder]/app && env PATH=[folder]/ve/bin:/usr/bin:/bin PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_USE_PEP517=1 \
                SOURCE_DATE_EPOCH=315532800 PIP_CACHE_DIR=[folder]/wheelhouse/.cache [folder]/ve/bin/python -m pip wheel \
                --wheel-dir [folder]/wheelhouse --find-links [folder]/wheelhouse -r requirements.txt ./vendor/mylib\n";
    let test = Test::new("docker-entrypoint").args(["--dry-run"]);
    let test =
        test.env("PATH", "/usr/bin:/bin").env("VIRTUAL_ENV", "[folder]/ve").env("ENTRYPOINT_APP_DIR", "app");
    let test = test.env("ENTRYPOINT_WHEELHOUSE", "wheelhouse").program("ve/bin/python", "").args(["wheels"]);
    let folder =
        test.file("app/requirements.txt", "six\n").file("app/vendor/mylib/setup.py", "").stdout(line).run();
    assert!(!folder.path().join("wheelhouse").exists());
}
