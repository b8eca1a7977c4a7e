//! try
use docker_runner::shell;
use std::io::Read;
fn main() {
    let mut t = Vec::new();
    std::io::stdin().read_to_end(&mut t).unwrap();
    let mut s = shell::scope::Scope::default();
    s.variables.insert(
        "HOME".into(),
        shell::scope::Variable {
            value: Some(shell::scope::Value::Text(shell::scope::Text::from_environment("/h"))),
            exported: true,
            ..Default::default()
        },
    );
    match shell::evaluate(std::path::Path::new("f"), &t, &s, &|u| {
        if u == Some(b"root") { Some(b"/root".to_vec()) } else { None }
    }) {
        Ok(e) => {
            for (n, v) in &e.scope.variables {
                let t = |t: &shell::scope::Text| {
                    format!(
                        "{:?} {:?}",
                        String::from_utf8_lossy(&t.bytes),
                        t.runs
                            .iter()
                            .map(|r| (r.start, r.place.as_ref().map(|p| (p.line, p.column))))
                            .collect::<Vec<_>>()
                    )
                };
                println!(
                    "{n} {} {} {}",
                    v.exported,
                    v.readonly,
                    match &v.value {
                        None => "-".into(),
                        Some(shell::scope::Value::Text(x)) => t(x),
                        Some(shell::scope::Value::List(l)) => l.iter().map(t).collect::<Vec<_>>().join(" ; "),
                    }
                );
            }
            for n in e.notes {
                println!("note {n}")
            }
        }
        Err(e) => {
            println!("ERR {e}");
            if let Some(x) = e.excerpt() {
                println!(
                    "  |{}\n  |{}{}\n  help: {:?}",
                    x.line,
                    " ".repeat(x.offset),
                    "^".repeat(x.length),
                    x.help
                );
            }
        }
    }
}
