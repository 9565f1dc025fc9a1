//! What a header declares.

use std::fs;
use std::path::Path;

use crate::support::library::without_comments_and_strings;

pub struct Struct {
    pub name: String,
    /// Type and name of each field.
    pub fields: Vec<(String, String)>,
}

pub struct Declarations {
    /// The macros with a value, but for the header's own version.
    pub constants: Vec<String>,
    pub structs: Vec<Struct>,
    /// Functions and types other than structs, as they stand there.
    pub others: Vec<String>,
}

impl Declarations {
    pub fn of(header: &Path) -> Self {
        let text = fs::read_to_string(header).unwrap_or_else(|error| panic!("{}: {error}", header.display()));
        let code = without_comments_and_strings(&text);
        let constants = code.lines().filter_map(constant).map(str::to_owned).collect();
        let (structs, others) = statements(&for_c(&code)).into_iter().partition::<Vec<_>, _>(|it| it.contains('{'));
        Self { constants, structs: structs.iter().map(|text| parse_struct(text)).collect(), others }
    }
}

fn constant(line: &str) -> Option<&str> {
    let (name, _) = line.strip_prefix("#define ")?.split_once(' ')?;
    (name != "KEVO_VERSION_NUMBER").then_some(name)
}

/// Without directives, and without what is for C++ only.
fn for_c(code: &str) -> String {
    let mut cpp = false;
    let mut kept = String::new();
    for line in code.lines() {
        cpp |= line.starts_with("#ifdef __cplusplus");
        if !cpp && !line.starts_with('#') {
            kept.push_str(line);
            kept.push('\n');
        }
        cpp &= !line.starts_with("#endif");
    }
    kept
}

/// The statements outside of braces, white space made one blank.
fn statements(code: &str) -> Vec<String> {
    let mut depth = 0;
    let ends = |c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ';' && depth == 0
    };
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    code.split(ends).map(one_line).filter(|text| !text.is_empty()).collect()
}

/// Reads `typedef struct NAME { TYPE NAME; ... } NAME`.
fn parse_struct(text: &str) -> Struct {
    let (_, rest) = text.split_once('{').expect("a brace");
    let (body, name) = rest.rsplit_once('}').expect("a brace");
    let field = |text: &str| {
        let at = text.rfind(|c: char| !c.is_alphanumeric() && c != '_').expect("a type") + 1;
        (text[..at].trim().to_owned(), text[at..].to_owned())
    };
    let fields = body.split(';').map(str::trim).filter(|text| !text.is_empty()).map(field).collect();
    Struct { name: name.trim().to_owned(), fields }
}
