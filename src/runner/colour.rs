//! Colours: on a terminal only, and not if NO_COLOR is set (no-color.org) or TERM is
//! unset or `dumb`.

use crate::world::World;

/// Adds colours to text, or returns it unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    enabled: bool,
}

impl Paint {
    pub fn for_stdout(world: &World) -> Self {
        let no_color = world.non_empty("NO_COLOR").is_some();
        let dumb = world.variable("TERM").is_none_or(|term| term == "dumb");
        Self { enabled: world.terminal.stdout && !no_color && !dumb }
    }

    /// For errors.
    pub fn red(self, text: &str) -> String {
        self.wrap("31", text)
    }

    /// For warnings.
    pub fn yellow(self, text: &str) -> String {
        self.wrap("33", text)
    }

    /// For success.
    pub fn green(self, text: &str) -> String {
        self.wrap("32", text)
    }

    /// For headings.
    pub fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.enabled { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::Paint;
    use crate::world::{Terminal, World};

    #[test]
    fn colours_only_on_a_capable_terminal_without_no_color() {
        let mut world =
            World { terminal: Terminal { stdout: true, ..Terminal::default() }, ..World::default() };
        assert_eq!(Paint::for_stdout(&world).red("x"), "x");
        world.environment = vec![("TERM".into(), "xterm".into())];
        assert_eq!(Paint::for_stdout(&world).red("x"), "\x1b[31mx\x1b[0m");
        world.environment.push(("NO_COLOR".into(), "".into()));
        assert_eq!(Paint::for_stdout(&world).green("x"), "\x1b[32mx\x1b[0m");
        world.environment[1].1 = "1".into();
        assert_eq!(Paint::for_stdout(&world).red("x"), "x");
        world.environment.pop();
        world.terminal.stdout = false;
        assert_eq!(Paint::for_stdout(&world).red("x"), "x");
    }
}
