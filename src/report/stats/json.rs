//! JSON: one object on one line, so that it can be told from what else is said.

use super::{Sheet, rate, share};
use crate::stats::{Phase, Role, Thread};
use serde_json::{Map, Value, json};
use std::io;

/// The number of this shape of the object; it grows when a reader of the old one could be misled.
const SCHEMA: u32 = 1;

pub(super) fn write(sheet: &Sheet, out: &mut dyn io::Write) -> io::Result<()> {
    let (total, work) = (sheet.total(), &sheet.work);
    let phase = |phase: Phase| {
        let mut fields = Map::from_iter([("time_s".to_owned(), Value::from(total.of(phase).as_secs_f64()))]);
        let mut add = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        match phase {
            Phase::Walk => {
                add("files", work.found.into());
                add("folders", work.folders.into());
            }
            Phase::Read | Phase::Decode | Phase::Count => {
                add("bytes", total.bytes(phase).into());
                add("bytes_per_s", rate(&total, phase).into());
            }
            _ => {}
        }
        if phase == Phase::Count {
            add("files", work.files.into());
            add("records", work.records.into());
            add("lines", work.lines.into());
        }
        (phase.name().to_owned(), Value::from(fields))
    };
    let document = json!({
        "schema": SCHEMA,
        "logtally": env!("CARGO_PKG_VERSION"),
        "start_s": sheet.start.as_secs_f64(),
        "wall_s": sheet.wall().as_secs_f64(),
        "cpu_s": sheet.process.cpu.as_secs_f64(),
        "phases": Phase::BUSY.into_iter().map(phase).collect::<Map<_, _>>(),
        "busy_s": total.busy().as_secs_f64(),
        "threads": sheet.threads.iter().map(thread).collect::<Vec<_>>(),
        "memory": { "peak_bytes": sheet.process.peak, "own_bytes": sheet.anonymous },
        "disk": { "fetched_bytes": sheet.process.from_disk },
    });
    writeln!(out, "{document}")
}

fn thread(thread: &Thread) -> Value {
    let times = &thread.times;
    let mut fields = Map::new();
    let mut add = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    match thread.role {
        Role::Main => add("role", "main".into()),
        Role::Worker(number) => {
            add("role", "worker".into());
            add("worker", number.into())
        }
        Role::Decoder => add("role", "decoder".into()),
        Role::Adder => add("role", "adder".into()),
    };
    add("threads", thread.number.into());
    add("time_s", times.alive().as_secs_f64().into());
    add("busy_s", times.busy().as_secs_f64().into());
    add("waiting_s", times.of(Phase::Wait).as_secs_f64().into());
    add("locks_s", times.of(Phase::Lock).as_secs_f64().into());
    add("idle_s", times.of(Phase::Idle).as_secs_f64().into());
    add("cpu_s", times.cpu.as_secs_f64().into());
    add("busy_share", share(times.busy(), times.alive()).into());
    fields.into()
}

#[cfg(test)]
mod tests {
    use crate::report::stats::{
        Form, Sheet,
        tests::{sheet, written},
    };
    use serde_json::{Value, json};

    #[test]
    fn one_object_on_one_line() {
        let text = written(&sheet(), Form::Json);
        assert_eq!(text.matches('\n').count(), 1);
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&document["schema"], &document["wall_s"], &document["busy_s"]), (&json!(1), &json!(0.1), &json!(0.2)));
        let phases = &document["phases"];
        assert_eq!(phases["walk"], json!({"time_s": 0.004, "files": 3, "folders": 1}));
        assert_eq!(phases["decode"], json!({"time_s": 0.15, "bytes": 300_000_000, "bytes_per_s": 2e9}));
        let count = json!({
            "time_s": 0.03, "bytes": 300_000_000, "bytes_per_s": 1e10, "files": 3, "records": 1_000_000, "lines": 1_234_567
        });
        assert_eq!(phases["count"], count);
        assert_eq!(phases["merge"], json!({"time_s": 0.0}));
        let decoders = json!({
            "role": "decoder", "threads": 2, "time_s": 0.16, "busy_s": 0.156, "waiting_s": 0.004, "locks_s": 0.0, "idle_s": 0.0,
            "cpu_s": 0.14, "busy_share": 0.975
        });
        assert_eq!(document["threads"][3], decoders);
        assert_eq!(document["threads"][2]["worker"], 2);
        assert_eq!(document["memory"], json!({"peak_bytes": 50_000_000, "own_bytes": 20_000_000}));
    }

    #[test]
    fn what_is_not_known_is_null() {
        let document: Value =
            serde_json::from_str(&written(&Sheet { anonymous: None, threads: Vec::new(), ..sheet() }, Form::Json)).unwrap();
        assert_eq!(document["memory"]["own_bytes"], Value::Null);
        assert_eq!(document["phases"]["read"], json!({"time_s": 0.0, "bytes": 0, "bytes_per_s": null}));
    }
}
