//! As another user: the kernel's answer, beside gosu's where gosu is installed.

use crate::process::{entrypoint, plain};
use docker_runner::sys::lookup::{Lookup, find};
use std::process::Output;

const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\ngames:x:5:60::/usr/games:/bin/sh\n\
    app:x:10001:0::/home/app:/bin/sh\n1000:x:77:77::/home/number:/bin/sh\ntwice:x:5:61::/second:/bin/sh\n\
    nohome:x:78:78:::/bin/sh\nbare:x:79:79\n \tdos:x:80:80::/dos \r\n\
    huge:x:3000000000:3000000000::/huge:\nhigh:x:2147483646:2147483646::/high:/bin/sh\n";
const GROUP: &str = "root:x:0:\nusers:x:100:games,app\ngames:x:60:\nstaff:x:50:games\n1000:x:88:\n\
    roots:x:0:games\nhuge:x:3000000000:\n dos:x:81:app,dos\r\nhigh:x:2147483646:\n";

/// What the process says of itself: ids and groups as the kernel has them, HOME.
const SHOW: &str = "grep -E '^(Uid|Gid|Groups)' /proc/self/status; echo \"$HOME\"";

/// A line of shell in a mount namespace with our own users, as root in all groups.
fn among_our_users(line: &str, user: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("passwd"), PASSWD).unwrap();
    std::fs::write(folder.path().join("group"), GROUP).unwrap();
    let script = format!(
        "mount --bind \"$1/passwd\" /etc/passwd && mount --bind \"$1/group\" /etc/group && cd / && {line}"
    );
    let mut unshare = plain("unshare");
    unshare
        .args(["--mount", "sh", "-c", &script, "sh"])
        .arg(folder.path())
        .arg(user)
        .arg(SHOW)
        .arg(open_link());
    unshare.env("HOME", "/of/root").env("USER", "root").output().unwrap()
}

/// Our binary's link in a folder that every user may enter.
fn open_link() -> std::path::PathBuf {
    let link = entrypoint();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(link.parent().unwrap(), mode).unwrap();
    link
}

fn ours(user: &str) -> Output {
    among_our_users("ENTRYPOINT_INIT=never ENTRYPOINT_USER=\"$2\" exec \"$4\" sh -c \"$3\"", user)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn shown(uid: u32, gid: u32, groups: &str, home: &str) -> String {
    let four = |id| format!("{id}\t{id}\t{id}\t{id}");
    format!("Uid:\t{}\nGid:\t{}\nGroups:\t{groups} \n{home}\n", four(uid), four(gid))
}

#[test]
fn names_numbers_groups_and_homes() {
    for (user, uid, gid, groups, home) in [
        ("root", 0, 0, "", "/root"),
        ("games", 5, 60, "0 50 100", "/usr/games"),
        ("5", 5, 60, "0 50 100", "/usr/games"),
        ("games:", 5, 60, "0 50 100", "/usr/games"),
        ("games:root", 5, 0, "", "/usr/games"),
        ("games:50", 5, 50, "", "/usr/games"),
        ("games:4242", 5, 4242, "", "/usr/games"),
        ("twice", 5, 61, "", "/second"),
        ("app", 10001, 0, "81 100", "/home/app"),
        ("bare", 79, 79, "", ""),
        ("dos", 80, 80, "81", "/dos"),
        ("huge", 3_000_000_000, 3_000_000_000, "", "/huge"),
        ("3000000000:3000000000", 3_000_000_000, 3_000_000_000, "", "/huge"),
        ("1000", 1000, 0, "", "/"),
        ("1000:1000", 1000, 1000, "", "/"),
        ("1000:staff", 1000, 50, "", "/"),
        ("0:1000", 0, 1000, "", "/root"),
        ("nohome", 78, 78, "", ""),
        ("high", 2_147_483_646, 2_147_483_646, "", "/high"),
        ("2147483647", 2_147_483_647, 0, "", "/"),
        ("+7", 7, 0, "", "/"),
        ("007", 7, 0, "", "/"),
        (":staff", 0, 50, "", "/root"),
    ] {
        let output = ours(user);
        assert_eq!(text(&output.stdout), shown(uid, gid, groups, home), "{user}: {}", text(&output.stderr));
    }
}

#[test]
fn gosu_says_the_same() {
    let path = std::env::var_os("PATH");
    if !matches!(find("gosu".as_ref(), path.as_deref(), "/".as_ref()), Lookup::Program(_)) {
        assert!(std::env::var_os("WITH_GOSU").is_none(), "gosu has to be installed");
        return;
    }
    for user in [
        "root",
        "0",
        "games",
        "5",
        "games:",
        "games:root",
        "games:50",
        "games:4242",
        "games:high",
        "twice",
        "app",
        "app:users",
        "1000",
        "1000:1000",
        "1000:staff",
        "0:1000",
        "nohome",
        "bare",
        "dos",
        "80",
        "app:dos",
        " dos",
        "huge",
        "3000000000",
        "app:3000000000",
        "app:3000000001",
        "3000000001",
        "high",
        "2147483647",
        "+7",
        "007",
        ":staff",
        ":",
        "0:0",
        "root:root",
        "bogus",
        "0day",
        " app",
        "-1",
        "2147483648",
        "4294967295",
        "app:bogus",
        "app:0day",
        "app:-1",
        "app:2147483648",
        "99999999999999999999",
    ] {
        let gosu = among_our_users("PATH=$PATH:/usr/sbin exec gosu \"$2\" sh -c \"$3\"", user);
        let ours = ours(user);
        assert_eq!(text(&ours.stdout), text(&gosu.stdout), "{user}");
        assert_eq!(ours.status.success(), gosu.status.success(), "{user}");
    }
}

#[test]
fn it_is_told_and_the_name_follows() {
    let line = "ENTRYPOINT_INIT=never ENTRYPOINT_USER=\"$2\" exec \"$4\" sh -c 'echo $USER $LOGNAME'";
    let output = among_our_users(line, "games");
    assert_eq!(text(&output.stdout), "games games\n");
    let note = "docker-entrypoint: runs as games (uid 5, gid 60, groups 100,50,0) (ENTRYPOINT_USER)\n";
    assert_eq!(text(&output.stderr), note);
    assert_eq!(text(&among_our_users(line, "4711").stdout), "4711 4711\n");
    let dry = line.replace("sh -c", "--dry-run sh -c");
    assert_eq!(text(&among_our_users(&dry, "games").stderr), note);
}

#[test]
fn the_init_and_its_child_are_that_user() {
    let line = "ENTRYPOINT_INIT=always ENTRYPOINT_USER=\"$2\" exec \"$4\" sh -c 'cat /proc/$PPID/status /proc/$$/status'";
    let output = text(&among_our_users(line, "app").stdout);
    assert_eq!(output.matches("Uid:\t10001\t10001\t10001\t10001\n").count(), 2);
    assert_eq!(output.matches("CapEff:\t0000000000000000\n").count(), 2);
}

#[test]
fn what_cannot_be_starts_nothing() {
    for (user, told) in [
        ("bogus", "/etc/passwd has no user of that name: add it to the image, or give a number"),
        ("app:bogus", "/etc/group has no group of that name: add it to the image, or give a number"),
        ("-1", "ids go from 0 to 2147483647"),
        ("4294967295", "ids go from 0 to 2147483647"),
    ] {
        let output = ours(user);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(125), String::new()));
        let line = format!("docker-entrypoint: cannot run as ENTRYPOINT_USER={user}: {told}\n");
        assert_eq!(text(&output.stderr), line);
    }
}

#[test]
fn only_root_may_change_and_only_with_its_capabilities() {
    let line = "exec setpriv --reuid 10001 --regid 0 --clear-groups env ENTRYPOINT_INIT=never \
                ENTRYPOINT_USER=\"$2\" \"$4\" sh -c \"$3\"";
    assert!(among_our_users(line, "app:root").status.success(), "that we are already");
    let refused = among_our_users(line, "games");
    assert_eq!(refused.status.code(), Some(125));
    assert!(text(&refused.stderr).contains("this is uid 10001, and only root can change that"));
    let line = "exec setpriv --bounding-set -setuid --inh-caps -setuid env ENTRYPOINT_INIT=never \
                ENTRYPOINT_USER=\"$2\" \"$4\" sh -c \"$3\"";
    let refused = among_our_users(line, "app");
    assert_eq!((refused.status.code(), text(&refused.stdout)), (Some(125), String::new()));
    assert!(text(&refused.stderr).contains("the kernel refuses setresuid"), "{}", text(&refused.stderr));
}

#[test]
fn what_this_user_may_not_enter_is_told_as_that() {
    let told = |before: &str, arguments: &str| {
        let line =
            format!("chmod 700 \"$1\"; {before}; ENTRYPOINT_INIT=never ENTRYPOINT_USER=\"$2\" {arguments}");
        let output = among_our_users(&line, "app");
        let text = text(&output.stderr);
        (output.status.code(), text.lines().last().unwrap_or_default().to_owned())
    };
    let (code, line) = told(":", "\"$4\" \"$1/passwd\"");
    assert!(line.ends_with("/passwd: this user may not enter a folder above it"), "{line}");
    assert_eq!(code, Some(126));
    let (code, line) = told(
        "mkdir -p \"$1/ve/bin\"; : >\"$1/ve/bin/python\"",
        "VIRTUAL_ENV=\"$1/ve\" ENTRYPOINT_APP_DIR=/ \"$4\" migrate",
    );
    let why = "/ve: this user may not enter it, or a folder above it: move it to a folder that every user may enter";
    assert!(line.contains("cannot use the virtualenv ") && line.ends_with(why), "{line}");
    assert_eq!(code, Some(125));
    for folder in ["", "/app"] {
        let (code, line) =
            told("mkdir \"$1/app\"", &format!("ENTRYPOINT_APP_DIR=\"$1{folder}\" \"$4\" migrate"));
        assert!(
            line.contains("cannot enter the app folder ") && line.ends_with(": Permission denied"),
            "{line}"
        );
        assert_eq!(code, Some(125));
    }
    let script = "mkdir \"$1.open\"; printf '#!%s/python\n' \"$1\" >\"$1.open/script\"; \
                  cp /bin/true \"$1/python\"; chmod 755 \"$1.open\" \"$1.open/script\"; trap 'rm -r \"$1.open\"' EXIT";
    let (code, line) = told(script, "\"$4\" \"$1.open/script\"");
    let why = ".open/script: this user may not execute its interpreter /";
    assert!(line.contains(why) && line.ends_with("/python"), "{line}");
    assert_eq!(code, Some(126));
}

#[test]
fn a_limit_on_processes_is_told_as_one() {
    let line = "exec setpriv --reuid 10001 --regid 0 --clear-groups prlimit --nproc=1 \
                env ENTRYPOINT_INIT=always \"$4\" true";
    let output = among_our_users(line, "");
    let told = "docker-entrypoint: cannot start a process: the limit on processes is reached \
                (--pids-limit of the container, or ulimit -u)\n";
    assert!(text(&output.stderr).ends_with(told), "{}", text(&output.stderr));
    assert_eq!(output.status.code(), Some(125));
}
