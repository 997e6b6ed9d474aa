//! What was found out about files, as one JSON document: an object for each file, on a line of its own.

use super::{SCHEMA, harmless, path_fields, put_name};
use crate::{
    classify::{Examined, Parts, Sample, Share},
    parse::{Reason, level_name, time::Zone},
    report::{
        Escape,
        detected::{Confidence, Contents, Detected},
    },
};
use serde_json::{Map, Value, json};
use std::{io, ops::Range};

/// Writes a file.
pub fn put(file: &Detected<'_>, first: bool, zone: &Zone, escape: Escape, out: &mut dyn io::Write) -> io::Result<()> {
    if first {
        write!(out, "{{\n  \"schema\": {SCHEMA},\n  \"files\": [\n")?;
    } else {
        writeln!(out, ",")?;
    }
    let mut fields = path_fields(file.path);
    fields.insert("codec".into(), file.codec.into());
    fields.insert("status".into(), file.contents.status().into());
    match &file.contents {
        Contents::Lines { examined, .. } => fields.extend(lines(examined, zone)),
        Contents::Failed(cause) => drop(fields.insert("cause".into(), cause.to_string().into())),
        Contents::Empty | Contents::Binary => {}
    }
    write!(out, "    {}", harmless(&serde_json::to_string(&fields)?, escape))
}

/// Writes what stands behind the last file.
pub fn finish(none: bool, out: &mut dyn io::Write) -> io::Result<()> {
    if none {
        return writeln!(out, "{{\n  \"schema\": {SCHEMA},\n  \"files\": []\n}}");
    }
    writeln!(out, "\n  ]\n}}")
}

fn lines(examined: &Examined, zone: &Zone) -> Map<String, Value> {
    let (reason, votes) = match &examined.reason {
        Reason::Told => ("told", None),
        Reason::Pattern => ("pattern", None),
        Reason::Wrapped => ("wrapped", None),
        Reason::Directive => ("directive", None),
        Reason::Whole => ("whole", None),
        Reason::Votes(votes) => ("votes", Some(votes)),
        Reason::TooFew(votes) => ("too few votes", Some(votes)),
        Reason::Blank => ("blank", None),
    };
    let mut fields = Map::new();
    fields.insert("formats".into(), examined.shares.iter().map(share).collect::<Vec<_>>().into());
    fields.insert("confidence".into(), Confidence::of(examined).name().into());
    fields.insert("reason".into(), reason.into());
    if let Some(votes) = votes {
        let votes: Map<String, Value> = votes.iter().map(|(format, count)| (format.name().to_owned(), (*count).into())).collect();
        fields.insert("votes".into(), votes.into());
    }
    fields.insert("head_lines".into(), examined.lines.into());
    fields.insert("head_records".into(), examined.records().into());
    put_name(&mut fields, "path_service", &examined.otherwise);
    fields.insert("samples".into(), examined.samples.iter().map(|line| sample(line, zone)).collect::<Vec<_>>().into());
    fields
}

fn share(share: &Share) -> Value {
    let places: Vec<Value> =
        share.places.iter().map(|(place, records)| json!({ "place": place.to_string(), "records": records })).collect();
    json!({
        "name": share.format.name(),
        "records": share.records,
        "levels": share.levels,
        "times": share.times,
        "services": places,
    })
}

/// A longer line is cut, at so many bytes.
const LONGEST_LINE: usize = 4096;

/// A line and what is taken from it, with the bytes at which that begins and ends.
fn sample(sample: &Sample, zone: &Zone) -> Value {
    let mut fields = Map::new();
    put_name(&mut fields, "line", sample.line.get(..LONGEST_LINE).unwrap_or(&sample.line));
    let place = |fields: &mut Map<String, Value>, key: &str, place: &Option<Range<usize>>| {
        if let Some(place) = place {
            fields.insert(key.into(), json!([place.start, place.end]));
        }
    };
    if let Some(Parts { format, service, level, time, below }) = &sample.parts {
        fields.insert("format".into(), format.name().into());
        put_name(&mut fields, "service", &service.value);
        place(&mut fields, "service_at", &service.place);
        if let Some(level) = level {
            fields.insert("level".into(), level_name(Some(level.value)).into());
            place(&mut fields, "level_at", &level.place);
        }
        if let Some(below) = below {
            put_name(&mut fields, "below", below.get(..LONGEST_LINE).unwrap_or(below));
        }
        if let Some(time) = time {
            fields.insert("time".into(), time.value.show(zone).into());
            place(&mut fields, "time_at", &time.place);
        }
    }
    fields.into()
}
