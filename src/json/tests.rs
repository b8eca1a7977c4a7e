use super::Json;
use super::wire::Wire;

#[derive(Debug, PartialEq)]
struct Point {
    x: u64,
    name: Option<String>,
    pairs: Vec<(String, bool)>,
}

crate::record!(Point { x, name, pairs });

#[derive(Debug, PartialEq)]
enum Shape {
    Empty,
    Only(Box<Point>),
    Line { from: Point, code: i32 },
}

crate::choice!(Shape {
    words { Empty = "empty" }
    values { Only = "only" }
    records { Line = "line" { from, code } }
});

fn point(name: Option<&str>) -> Point {
    Point { x: u64::MAX, name: name.map(str::to_owned), pairs: vec![("a".into(), true)] }
}

#[test]
fn is_json() {
    let list: Json = ["a\"b\\", "\n\u{1f}é"].into_iter().collect();
    let object = Json::object(vec![("n", 3.into()), ("none", None::<&str>.into()), ("list", list)]);
    assert_eq!(object.to_string(), r#"{"n":3,"none":null,"list":["a\"b\\","\u000a\u001fé"]}"#);
    let empty = Json::object(vec![("a", Json::List(Vec::new())), ("b", Json::List(vec![Json::Bool(true)]))]);
    assert_eq!(format!("{empty:#}"), "{\n  \"a\": [],\n  \"b\": [\n    true\n  ]\n}");
}

#[test]
fn a_type_comes_back_as_it_was() {
    let shapes = [
        Shape::Empty,
        Shape::Only(Box::new(point(None))),
        Shape::Line { from: point(Some("a\n\u{1f600}\"")), code: -1 },
    ];
    for shape in shapes {
        let text = shape.json().to_string();
        assert_eq!(Json::read(text.as_bytes()).and_then(|json| Shape::of(&json)), Some(shape), "{text}");
    }
    for result in [Ok(1), Err("no".to_owned())] {
        assert_eq!(Result::<u64, String>::of(&result.json()), Some(result));
    }
    assert_eq!(Shape::Empty.json().to_string(), r#""empty""#);
}

#[test]
fn another_type_is_no_value() {
    for text in [
        r#""full""#,
        r#""line""#,
        r#"{"empty":1,"only":1}"#,
        r#"{"line":{"code":1}}"#,
        r#"{"only":3}"#,
        "[]",
        "{}",
    ] {
        let json = Json::read(text.as_bytes()).unwrap();
        assert_eq!(Shape::of(&json), None, "{text}");
    }
}

/// What serde_json takes, and only that, with the same strings. (Its numbers
/// are rounded or refused where ours keep their text.)
#[test]
fn takes_what_serde_json_takes() {
    let mut texts: Vec<Vec<u8>> = vec![b"[\"\xff\"]".to_vec(), b"\"\xc3\xa9\"".to_vec()];
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"a\"",
        "\"b\":",
        "1",
        "-",
        "0",
        "01",
        ".5",
        "1e",
        "e3",
        "1E+2",
        " ",
        "\n",
        "\u{c}",
        "null",
        "true",
        "fals",
        "false",
        "\\",
        "\\n",
        "\\u",
        "00e9",
        "\\ud83d",
        "\\ude00",
        "\\ud83dx",
        "\"\\u0041\"",
        "\"\\/\"",
        "\"\t\"",
        "é",
        "\"\\é\"",
        "\"\\u00é9\"",
    ];
    let mut seed = 1_u64;
    let mut number = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for _ in 0..100_000 {
        let count = 1 + number(9);
        texts.push((0..count).map(|_| pieces[number(pieces.len())]).collect::<String>().into_bytes());
    }
    let mut taken = 0;
    for text in &texts {
        let theirs = serde_json::from_slice::<serde_json::Value>(text);
        let ours = Json::read(text);
        let shown = String::from_utf8_lossy(text);
        if theirs.as_ref().is_err_and(|error| error.to_string().starts_with("number out of range")) {
            continue;
        }
        assert_eq!(ours.is_some(), theirs.is_ok(), "{shown}");
        if let (Some(ours), Ok(theirs)) = (ours, theirs) {
            taken += 1;
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(&ours.to_string()).unwrap(),
                theirs,
                "{shown}"
            );
        }
    }
    assert!(taken > 1000, "{taken}");
}

#[test]
fn a_deep_text_is_refused_not_run_out_of_stack_with() {
    assert!(Json::read(&[b'['; 1_000_000]).is_none());
    assert!(Json::read(format!("{}1{}", "[".repeat(60), "]".repeat(60)).as_bytes()).is_some());
}
