//! A project in a folder of its own. Its wheels and image are built as a user would build them.

use crate::site::{Image, release};
use std::path::Path;
use std::process::Command;

/// The lines of a Dockerfile up to the virtualenv, from `example/Dockerfile`.
const INSTALLED: &str = "\
ARG DEBIAN=trixie
FROM django.base:${DEBIAN} AS installed
COPY wheelhouse /wheelhouse
COPY requirements.txt ./
RUN pip install --no-index --find-links /wheelhouse -r requirements.txt

FROM django.base:${DEBIAN}
COPY --from=installed /ve /ve
";

/// A folder with the example's Makefile in it.
pub(crate) struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    pub(crate) fn new(requirements: &str) -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::copy("example/Makefile", project.folder().join("Makefile")).unwrap();
        // pip's settings reach any command in the builder, not only the building of wheels.
        let more = "include Makefile\nin-builder:\n\tdocker run --rm $(OPTIONS) -v \"$(CURDIR)\":/app \
                    django.builder:$(DEBIAN) sh -ec '$(RUN)'\n";
        project.write("in-builder.mk", more);
        if !requirements.is_empty() {
            project.write("requirements.txt", requirements);
        }
        project
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder().join(name), text).unwrap();
    }

    #[track_caller]
    fn make(&self, arguments: &[&str], variables: &[(&str, &str)]) {
        let debian = format!("DEBIAN={}", release());
        let mut make = Command::new("make");
        make.arg("-C").arg(self.folder()).args(arguments).arg(debian).envs(variables.iter().copied());
        let output = make.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    }

    /// Runs a command line in the builder, in this folder.
    #[track_caller]
    pub(crate) fn in_builder(&self, line: &str) {
        self.make(&["-f", "in-builder.mk", "in-builder", &format!("RUN={line}")], &[]);
    }

    /// `make wheels`, with these variables for pip.
    #[track_caller]
    pub(crate) fn wheels(&self, variables: &[(&str, &str)]) {
        self.make(&["wheels"], variables);
    }

    /// The image: the virtualenv without the wheelhouse, then these lines.
    #[track_caller]
    pub(crate) fn image(&self, lines: &str) -> Image {
        self.write(".dockerignore", "wheelhouse/.*\n*.mk\nMakefile\n");
        Image::build(&format!("{INSTALLED}{lines}"), self.folder())
    }
}
