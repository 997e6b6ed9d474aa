//! NDJSON: a row is an object on a line of its own, so that a program can begin before the end is there.

use super::{Escape, Report, json};
use std::io;

pub(super) fn write(report: &Report, escape: Escape, out: &mut dyn io::Write) -> io::Result<()> {
    for (names, counts) in report.shown() {
        writeln!(out, "{}", json::row(report, &names, &counts, escape)?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{
        Form, Style,
        tests::{HOSTILE, hostile, top_of_two_keys, written},
    };
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde_json::Value;

    #[test]
    fn hostile_names_come_back_whole() {
        for escape in [Escape::Never, Escape::Always] {
            let text = String::from_utf8(written(&hostile(), Form::Ndjson, Style { escape, ..Style::default() })).unwrap();
            let names: Vec<Vec<u8>> = text
                .lines()
                .map(|line| {
                    let object: Value = serde_json::from_str(line).unwrap();
                    match object.get("service_base64") {
                        Some(encoded) => STANDARD.decode(encoded.as_str().unwrap()).unwrap(),
                        None => object["service"].as_str().unwrap().as_bytes().to_vec(),
                    }
                })
                .collect();
            assert_eq!(names, HOSTILE, "{escape:?}");
        }
    }

    #[test]
    fn a_line_is_a_row_and_there_is_nothing_else() {
        let expected = "\
{\"service\":\"cart\",\"level\":\"info\",\"records\":1500,\"errors\":0}
{\"service\":\"auth\",\"level\":\"error\",\"records\":7,\"errors\":7}
{\"service\":\"(other)\",\"level\":\"\",\"records\":5,\"errors\":2}
";
        assert_eq!(String::from_utf8(written(&top_of_two_keys(), Form::Ndjson, Style::default())).unwrap(), expected);
    }
}
