//! Projects of other authors, and wheels that are compiled from source.

use crate::docker::{Run, Thing, wait_for};
use crate::http;
use crate::project::Project;
use crate::site;
use std::process::Command;

#[test]
fn wheels_compiled_from_source_load_in_the_app_image() {
    let project = Project::new("psycopg2\nlxml\n");
    project.wheels(&[("PIP_NO_BINARY", "psycopg2,lxml")]);
    let names = std::fs::read_dir(project.folder().join("wheelhouse")).unwrap();
    let names: Vec<String> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let compiled = |name: &str| {
        names.iter().any(|wheel| {
            wheel.starts_with(name) && wheel.ends_with(&format!("-linux_{}.whl", std::env::consts::ARCH))
        })
    };
    assert!(compiled("psycopg2-") && compiled("lxml-"), "{names:?}");

    let image = project.image("");
    let code =
        "import psycopg2, lxml.etree; print(lxml.etree.fromstring('<a>42</a>').text, psycopg2.__version__)";
    let output = Run::new(&image.name).args(["python", "-c", code]).finish().ok();
    assert!(output.starts_with("42 ") && !output.contains("binary"), "{output}");
    assert_no_layer_of_the_wheelhouse(&image.name);
}

#[test]
fn the_wheelhouse_leaves_no_layer_in_the_example() {
    assert_no_layer_of_the_wheelhouse(&site::image());
}

/// A file that a later layer removes still takes space in the layer that added it.
#[track_caller]
fn assert_no_layer_of_the_wheelhouse(image: &str) {
    let folder = tempfile::tempdir().unwrap();
    let script = "docker save \"$1\" | tar -x -C \"$2\"
        find \"$2\" -type f -size +0 | while read -r file; do tar -tf \"$file\" 2>/dev/null || true; done";
    let mut command = Command::new("sh");
    let output = command.args(["-ec", script, "sh", image]).arg(folder.path()).output().unwrap();
    let names = String::from_utf8_lossy(&output.stdout).into_owned();
    let of = |folder: &str| names.lines().filter(|name| name.starts_with(folder)).count();
    assert!(of("ve/") > 100, "no layer was read: {output:?}");
    assert_eq!(of("wheelhouse"), 0, "the wheelhouse left a layer in {image}");
}

/// The files that `wagtail start` expects the owner of the site to write.
const LOCAL: &str = "\
import os
SECRET_KEY = os.environ['SECRET_KEY']
ALLOWED_HOSTS = os.environ['ALLOWED_HOSTS'].split(',')
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': '/data/db.sqlite3'}}
";

const WAGTAIL: &str = "\
COPY . .
RUN SECRET_KEY=none ALLOWED_HOSTS=none SETTINGS=settings.production docker-entrypoint collectstatic \\
 && install -d -o app -g 0 -m 0775 /data
ENV SETTINGS=settings.production
USER 10001
";

#[test]
fn a_wagtail_site_is_served_with_its_own_production_settings() {
    let project = Project::new("");
    project.in_builder("pip install -q wagtail && wagtail start mysite .");
    let requirements = std::fs::read_to_string(project.folder().join("requirements.txt")).unwrap();
    project.write("requirements.txt", &format!("{requirements}\ngunicorn\n"));
    project.write("mysite/settings/local.py", LOCAL);
    project.wheels(&[]);
    let image = project.image(WAGTAIL);

    let volume = Thing::volume();
    let process = |arguments: &[&str]| {
        let run = Run::new(&image.name).options(["-v".to_owned(), format!("{}:/data", volume.name)]);
        run.args(arguments).env("SECRET_KEY", "of this test").env("ALLOWED_HOSTS", "wagtail.test")
    };
    assert!(process(&["migrate"]).finish().ok().contains("Applying wagtailcore.0001"));
    let web = process(&["run"]).start();
    let page = || http::get(&format!("{}:8000", web.address()), "/", "wagtail.test");
    let page = wait_for("the site", || page().filter(|page| page.starts_with("HTTP/1.1 200")), || web.logs());
    assert!(page.contains("Wagtail"), "{page}");
}
