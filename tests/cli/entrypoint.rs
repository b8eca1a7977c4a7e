//! `docker-entrypoint`, in folders that look like an image's.

use crate::run::Test;

#[test]
fn an_unknown_name_is_told() {
    Test::new("busybox")
        .args(["docker-walker"])
        .stderr(
            "docker-runner: docker-walker is none of docker-entrypoint, docker-runner and docker-deploy\n",
        )
        .code(2)
        .run();
}
