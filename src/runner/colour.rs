//! Colours: on a terminal alone, and not where NO_COLOR (no-color.org) or a
//! terminal that has none says otherwise.

use crate::world::World;

/// Paints, or leaves as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    on: bool,
}

impl Paint {
    /// For standard output.
    pub fn stdout(world: &World) -> Self {
        let refused = world.given("NO_COLOR").is_some();
        let dumb = world.variable("TERM").is_none_or(|term| term == "dumb");
        Self { on: world.terminal.stdout && !refused && !dumb }
    }

    /// What is wrong.
    pub fn red(self, text: &str) -> String {
        self.with("31", text)
    }

    /// What may be wrong.
    pub fn yellow(self, text: &str) -> String {
        self.with("33", text)
    }

    /// What is well.
    pub fn green(self, text: &str) -> String {
        self.with("32", text)
    }

    /// A heading.
    pub fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::Paint;
    use crate::world::{Terminal, World};

    #[test]
    fn on_a_terminal_that_has_them_and_nobody_minds() {
        let mut world =
            World { terminal: Terminal { stdout: true, ..Terminal::default() }, ..World::default() };
        assert_eq!(Paint::stdout(&world).red("x"), "x");
        world.environment = vec![("TERM".into(), "xterm".into())];
        assert_eq!(Paint::stdout(&world).red("x"), "\x1b[31mx\x1b[0m");
        world.environment.push(("NO_COLOR".into(), "".into()));
        assert_eq!(Paint::stdout(&world).green("x"), "\x1b[32mx\x1b[0m");
        world.environment[1].1 = "1".into();
        assert_eq!(Paint::stdout(&world).red("x"), "x");
        world.environment.pop();
        world.terminal.stdout = false;
        assert_eq!(Paint::stdout(&world).red("x"), "x");
    }
}
