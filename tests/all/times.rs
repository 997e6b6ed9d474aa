//! Times: what records are grouped by and filtered by, held against a counter that reads fixed columns and knows no calendar but
//! this test's three weeks.

use crate::{laws::config, sandbox::Sandbox};
use logtally::{
    classify::{Choices, Extremes, Filter, KeyField, KeyPlan, Plan, Span, Times},
    engine::{self, Decoding, Detail, Limits, Settings, Silent, Threads},
    parse::time::{Moment, Unit},
    read::{ChunkSize, Strategy as Reading},
    tally::Counts,
    walk,
};
use proptest::{collection::vec, prelude::*, sample::select};
use std::{collections::BTreeMap, fs};

/// 2023-12-30T00:00:00Z in seconds since 1970, and how long these tests last: to the end of 2024-01-15.
const START: u64 = 1_703_894_400;
const LENGTH: u64 = 17 * 86_400;

/// The day of the files' names.
const NAMED: &str = "20240115";

/// How a kind of log writes its records.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Style {
    Json,
    JsonEpoch,
    JsonLate,
    Syslog,
    App,
    AppBracketed,
    Logfmt,
    Access,
}

const STYLES: [Style; 8] = [
    Style::Json,
    Style::JsonEpoch,
    Style::JsonLate,
    Style::Syslog,
    Style::App,
    Style::AppBracketed,
    Style::Logfmt,
    Style::Access,
];

/// `2024-01-01`, `10:00:00` of a second in the three weeks.
fn date_and_clock(second: u64) -> (String, String) {
    let (day, second) = ((second - START) / 86_400, (second - START) % 86_400);
    let date = if day < 2 { format!("2023-12-{}", 30 + day) } else { format!("2024-01-{:02}", day - 1) };
    (date, format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60))
}

impl Style {
    fn print(self, second: u64, millis: u64, service: &str, error: bool) -> String {
        let (date, clock) = date_and_clock(second);
        let (year, month, day) = (&date[..4], if &date[5..7] == "12" { "Dec" } else { "Jan" }, &date[8..]);
        let level = if error { "ERROR" } else { "INFO" };
        let text = "some text that is long enough to be compared with another";
        match self {
            Style::Json => {
                format!(r#"{{"timestamp":"{date}T{clock}.{millis:03}Z","level":"{level}","service":"{service}","msg":"{text}"}}"#)
            }
            Style::JsonEpoch => {
                format!(r#"{{"ts":{second}.{millis:03},"level":"{level}","service":"{service}","msg":"{text}"}}"#)
            }
            Style::JsonLate => {
                format!(r#"{{"service":"{service}","msg":"{text}","level":"{level}","time":"{date} {clock},{millis:03}"}}"#)
            }
            Style::Syslog => {
                let priority = if error { 11 } else { 14 };
                format!("<{priority}>{month} {day} {clock} web-1 {service}[{millis}]: {text}")
            }
            Style::App => format!("{date} {clock},{millis:03} {level:<5} [main] org.example.{service}: {text}"),
            Style::AppBracketed => format!("[{date} {clock}] {level} org.example.{service}: {text}"),
            Style::Logfmt => format!("time={date}T{clock}Z level={level} service={service} msg=\"{text}\""),
            Style::Access => {
                let status = if error { 500 } else { 200 };
                format!(r#"{service} 10.0.0.1 - - [{day}/{month}/{year}:{clock} +0000] "GET / HTTP/1.1" {status} {millis}"#)
            }
        }
    }

    /// A record of the same kind that says no time.
    fn timeless(self) -> Option<&'static str> {
        match self {
            Style::Json | Style::JsonEpoch | Style::JsonLate => {
                Some(r#"{"level":"INFO","service":"timeless","timestamp":"soon","ts":null,"msg":"text"}"#)
            }
            Style::Logfmt => Some("level=INFO service=timeless time= msg=text"),
            _ => None,
        }
    }
}

/// What the naive counter finds in a line: service, level, and `2024-01-01T10:00:00.123` as far as it is said.
fn naive(style: Style, line: &str) -> Option<(String, &'static str, Option<String>)> {
    let between = |start: &str, end: &str| Some(line.split_once(start)?.1.split_once(end)?.0.to_owned());
    let level = |word: Option<String>| if word.is_some_and(|word| word.trim() == "ERROR") { "error" } else { "info" };
    let month = |name: &str| if name == "Dec" { "2023-12" } else { "2024-01" };
    match style {
        Style::Json | Style::JsonEpoch | Style::JsonLate => {
            if !line.starts_with('{') {
                return None;
            }
            let time = match style {
                Style::Json => between("\"timestamp\":\"", "Z\""),
                Style::JsonEpoch => between("\"ts\":", ",").filter(|ts| ts != "null").map(|ts| {
                    let (second, millis) = ts.split_once('.').unwrap();
                    let (date, clock) = date_and_clock(second.parse().unwrap());
                    format!("{date}T{clock}.{millis}")
                }),
                _ => between("\"time\":\"", "\"").map(|time| time.replace(' ', "T").replace(',', ".")),
            };
            Some((between("\"service\":\"", "\"")?, level(between("\"level\":\"", "\"")), time))
        }
        Style::Logfmt => {
            let time = between("time=", "Z");
            line.contains("service=").then(|| Some((between("service=", " ")?, level(between("level=", " ")), time)))?
        }
        Style::Syslog => {
            let (priority, rest) = line.strip_prefix('<')?.split_once('>')?;
            let level = if priority == "11" { "error" } else { "info" };
            let time = format!("{}-{}T{}", month(&rest[..3]), &rest[4..6], &rest[7..15]);
            Some((between("web-1 ", "[")?, level, Some(time)))
        }
        Style::App => {
            let time = line.get(..23).filter(|_| line.starts_with("20"))?;
            Some((
                between("[main] ", ":")?,
                level(line.get(24..29).map(str::to_owned)),
                Some(time.replace(' ', "T").replace(',', ".")),
            ))
        }
        Style::AppBracketed => {
            let time = line.strip_prefix('[')?.get(..19)?;
            let words: Vec<&str> = line.split(' ').collect();
            Some((words[3].trim_end_matches(':').to_owned(), level(Some(words[2].to_owned())), Some(time.replace(' ', "T"))))
        }
        Style::Access => {
            let (day, rest) = line.split_once(" - - [")?.1.split_at(2);
            let time = format!("{}-{day}T{}", month(&rest[1..4]), &rest[10..18]);
            Some((line.split(' ').next()?.to_owned(), if line.contains("\" 500 ") { "error" } else { "info" }, Some(time)))
        }
    }
}

#[derive(Clone, Debug)]
struct Log {
    style: Style,
    lines: Vec<String>,
}

fn log() -> impl Strategy<Value = Log> {
    // Runs of near times with jumps between them, as logs have; and times at the edges of hours, days and the year.
    let near = prop_oneof![4 => 0u64..90, 2 => 0u64..5000, 1 => select(&[0u64, 3599, 3600, 86_399])];
    let run =
        (0..LENGTH - 100_000, any::<bool>(), vec((near, 0u64..1000, select(&["cart", "auth", "stock"]), any::<bool>()), 1..12));
    let extra = vec((any::<prop::sample::Index>(), 0..3usize), 0..6);
    (select(&STYLES), vec(run, 1..6), extra).prop_map(|(style, runs, extra)| {
        let mut lines = Vec::new();
        for (start, full_hour, records) in runs {
            let start = START + if full_hour { start / 3600 * 3600 } else { start };
            lines.extend(
                records.into_iter().map(|(near, millis, service, error)| style.print(start + near, millis, service, error)),
            );
        }
        // Enough of them for the format to be seen.
        lines.extend((0..5).map(|number| style.print(START + 1000 + number, 7, "cart", false)));
        for (at, what) in extra {
            let line = match what {
                0 => "\tat org.example.Foo.bar(Foo.java:42)",
                1 => "Caused by: java.lang.IllegalStateException: broken",
                _ => style.timeless().unwrap_or("  ... 12 more"),
            };
            lines.insert(at.index(lines.len()), line.to_owned());
        }
        Log { style, lines }
    })
}

/// Records, lines, and the earliest and the latest time in milliseconds, by group.
type Groups = BTreeMap<Vec<String>, (u64, u64, Option<(String, String)>)>;

struct Expected {
    groups: Groups,
    timeless: u64,
    filtered_lines: u64,
}

/// Counts by `keys`, what is since `since` and before `until`, all as texts.
fn expected(logs: &[Log], keys: &[KeyField], span: Option<(&str, &str)>) -> Expected {
    let mut expected = Expected { groups: Groups::new(), timeless: 0, filtered_lines: 0 };
    for (number, Log { style, lines }) in logs.iter().enumerate() {
        let path_service = format!("log{number}");
        // Lines before the first record are of the path's service, without level and time.
        let mut record = Some((path_service.clone(), "-", None::<String>));
        for line in lines {
            let found = naive(*style, line);
            let begins = found.is_some();
            if let Some((service, level, time)) = found {
                let time = time.filter(|time| time != "soon");
                let outside = |time: &String| span.is_some_and(|(since, until)| !(since <= &**time && &**time < until));
                record = match &time {
                    None if span.is_some() => {
                        expected.timeless += 1;
                        None
                    }
                    Some(time) if outside(time) => None,
                    _ => Some((service, level, time)),
                };
            } else if span.is_some() && record.as_ref().is_some_and(|(_, _, time)| time.is_none()) {
                record = None;
            }
            let Some((service, level, time)) = &record else {
                expected.filtered_lines += 1;
                continue;
            };
            let cut = |end: usize, tail: &str| time.as_ref().map_or("-".to_owned(), |time| format!("{}{tail}", &time[..end]));
            let names = keys.iter().map(|key| match key {
                KeyField::Service => service.clone(),
                KeyField::Level => (*level).to_owned(),
                KeyField::Time(Unit::Minute) => cut(16, ":00Z"),
                KeyField::Time(Unit::Hour) => cut(13, ":00:00Z"),
                KeyField::Time(Unit::Day) => cut(10, ""),
                _ => unreachable!(),
            });
            let (records, lines, times) = expected.groups.entry(names.collect()).or_default();
            *records += u64::from(begins);
            *lines += 1;
            if let Some(time) = time {
                let time = if time.len() == 19 { format!("{time}.000") } else { time.clone() };
                *times = Some(match times.take() {
                    None => (time.clone(), time),
                    Some((first, last)) => (first.min(time.clone()), last.max(time)),
                });
            }
        }
    }
    expected
}

/// A moment as the naive counter writes it.
fn written(moment: Moment) -> String {
    let (date, clock) = date_and_clock(moment.seconds() as u64);
    format!("{date}T{clock}.{:03}", moment.nanos() % 1_000_000_000 / 1_000_000)
}

#[derive(Clone, Debug)]
struct Way {
    chunk: u64,
    threads: usize,
    strategy: Reading,
    extremes: Extremes,
}

fn way() -> impl Strategy<Value = Way> {
    let extremes = select(&[Extremes::Ignored, Extremes::Kept]);
    (select(&[1u64, 64, 700, 4 << 20]), 1usize..5, select(&[Reading::Auto, Reading::Mmap, Reading::Read]), extremes)
        .prop_map(|(chunk, threads, strategy, extremes)| Way { chunk, threads, strategy, extremes })
}

fn count(folder: &std::path::Path, keys: &KeyPlan, span: Span, way: &Way) -> (Vec<(Vec<String>, Counts)>, u64, u64) {
    let times = Times { extremes: way.extremes, ..Times::default() };
    let filter = Filter { span, ..Filter::default() };
    let settings = Settings {
        threads: Threads::new(way.threads),
        strategy: way.strategy,
        chunk_size: ChunkSize::new(way.chunk),
        plan: Plan::new(Choices { keys: keys.clone(), times, filter, ..Choices::default() }),
        detail: Detail::Faults,
        decoding: Decoding::default(),
        limits: Limits::default(),
    };
    let walked = walk::walk(&[folder.to_owned()], &walk::Options::default(), 2);
    let outcome = engine::run(&walked.files, &settings, &Silent).unwrap();
    let (filtered, timeless) = (outcome.tally.left_out().lines, outcome.tally.left_out_timeless());
    let groups = outcome.tally.into_groups();
    let groups = groups.iter().map(|(key, counts)| (names(keys, key), counts)).collect();
    (groups, filtered, timeless)
}

fn names(keys: &KeyPlan, key: &[u8]) -> Vec<String> {
    keys.decode(key).into_iter().map(|name| String::from_utf8(name.to_vec()).unwrap()).collect()
}

proptest! {
    #![proptest_config(config(45))]

    #[test]
    fn times_group_and_filter_as_a_naive_counter_groups_and_filters(
        logs in vec(log(), 1..5), ways in vec(way(), 2), since in START..START + LENGTH, length in 1u64..500_000,
    ) {
        let folder = tempfile::tempdir().unwrap();
        for (number, log) in logs.iter().enumerate() {
            fs::write(folder.path().join(format!("log{number}-{NAMED}.log")), log.lines.join("\n")).unwrap();
        }
        let until = (since + length).min(START + LENGTH - 1);
        let texts = [since, until].map(|second| written(Moment::new(second as i64, 0).unwrap()));
        let span = Span { since: Moment::new(since as i64, 0), until: Moment::new(until as i64, 0) };
        let (minute, hour, day) = (KeyField::Time(Unit::Minute), KeyField::Time(Unit::Hour), KeyField::Time(Unit::Day));
        let plans: [&[KeyField]; 6] = [
            &[KeyField::Service, day],
            &[KeyField::Level, hour],
            &[hour, KeyField::Service],
            &[minute],
            &[day, KeyField::Service, minute],
            &[KeyField::Service],
        ];
        for fields in plans {
            let keys = KeyPlan::new(fields);
            for (span, texts) in [(Span::default(), None), (span, Some((&*texts[0], &*texts[1])))] {
                let expected = expected(&logs, fields, texts);
                for way in &ways {
                    let (groups, filtered, timeless) = count(folder.path(), &keys, span, way);
                    prop_assert_eq!((filtered, timeless), (expected.filtered_lines, expected.timeless));
                    let kept = way.extremes == Extremes::Kept;
                    let counted: Groups = groups.into_iter().map(|(names, counts)| {
                        let extent = counts.times.first().zip(counts.times.last()).map(|(first, last)| (written(first), written(last)));
                        (names, (counts.records, counts.lines, extent))
                    }).collect();
                    let mut expected = expected.groups.clone();
                    if !kept {
                        expected.values_mut().for_each(|(_, _, extent)| *extent = None);
                    }
                    prop_assert_eq!(counted, expected, "by {:?}, {:?}, {:?}", fields, texts, way);
                }
            }
        }
    }
}

/// Two days of two services, a record without a time, and lines before the first record.
fn tree() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(
        "shop-20240116.log",
        "\
an orphan
{\"timestamp\":\"2024-01-15T22:30:00.250Z\",\"service\":\"cart\",\"level\":\"info\"}
{\"timestamp\":\"2024-01-15T23:30:00Z\",\"service\":\"cart\",\"level\":\"error\"}
  continued
{\"timestamp\":\"2024-01-16T00:10:00Z\",\"service\":\"auth\",\"level\":\"info\"}
{\"service\":\"auth\",\"level\":\"info\"}
{\"timestamp\":\"2024-01-16T00:10:01Z\",\"service\":\"cart\",\"level\":\"info\"}
{\"timestamp\":\"2024-01-16T00:20:00Z\",\"service\":\"cart\",\"level\":\"info\"}
",
    );
    sandbox
}

#[test]
fn rows_are_in_the_order_of_time_unless_another_is_asked_for() {
    let sandbox = tree();
    let by_hour = sandbox.run(&["--by", "service,hour", "--columns", "records,lines", "."]).complete();
    let expected = "\
service,hour,records,lines
cart,2024-01-15T22:00:00Z,1,1
cart,2024-01-15T23:00:00Z,1,2
cart,2024-01-16T00:00:00Z,2,2
auth,2024-01-16T00:00:00Z,1,1
auth,-,1,1
shop,-,0,1
";
    assert_eq!(by_hour, expected);
    let by_day = sandbox.run(&["--by", "day", "--columns", "records", "--tz", "Europe/Berlin", "."]).complete();
    assert_eq!(by_day, "day,records\n2024-01-15,1\n2024-01-16,4\n-,1\n");
    let sorted = sandbox.run(&["--by", "day", "--columns", "records", "--sort", "records", "."]).complete();
    assert_eq!(sorted, "day,records\n2024-01-16,3\n2024-01-15,2\n-,1\n");
    let minutes = sandbox.run(&["--by", "minute", "--columns", "records", "--tz=-05:30", "--top", "2", "."]).complete();
    assert_eq!(minutes, "minute,records\n2024-01-15T17:00:00-05:30,1\n2024-01-15T18:00:00-05:30,1\n(other),4\n");
}

#[test]
fn the_earliest_and_the_latest_time() {
    let sandbox = tree();
    let csv = sandbox.run(&["--columns", "records,first,last", "."]).complete();
    let expected = "\
service,records,first,last
cart,4,2024-01-15T22:30:00.250Z,2024-01-16T00:20:00Z
auth,2,2024-01-16T00:10:00Z,2024-01-16T00:10:00Z
shop,0,-,-
";
    assert_eq!(csv, expected);
    let latest = sandbox.run(&["--columns", "last", "--sort", "last", "--tz", "Asia/Kolkata", "."]).complete();
    assert_eq!(latest, "service,last\ncart,2024-01-16T05:50:00+05:30\nauth,2024-01-16T05:40:00+05:30\nshop,-\n");
    let json: serde_json::Value =
        serde_json::from_str(&sandbox.run(&["--columns", "first,last", "--format", "json", "."]).complete()).unwrap();
    assert_eq!(json["totals"]["first"], "2024-01-15T22:30:00.250Z");
    assert_eq!(json["groups"][2], serde_json::json!({"service": "shop", "first": null, "last": null}));
    assert_eq!(json["settings"]["tz"], "UTC");
}

#[test]
fn what_has_no_time_is_not_left_out_in_silence() {
    let sandbox = tree();
    let ran = sandbox.run(&["--columns", "records,lines", "--since", "2024-01-15T23:00", "--until", "2024-01-16T00:20:00Z", "."]);
    assert_eq!((ran.code, &*ran.out), (Some(0), "service,records,lines\ncart,2,3\nauth,1,1\n"));
    assert_eq!(ran.err, "logtally: 1 record has no time: --since and --until leave them out\n");
    let quiet = sandbox.run(&["-q", "--since", "2024-01-15", "."]);
    assert_eq!((quiet.code, &*quiet.err), (Some(0), ""));
    let json: serde_json::Value =
        serde_json::from_str(&sandbox.run(&["--format", "json", "--since", "2024-01-16", "."]).out).unwrap();
    assert_eq!(json["filtered"]["records_without_time"], 1);
    assert_eq!(json["filtered"]["lines"], 5);
    assert_eq!(json["settings"]["since"], "2024-01-16T00:00:00Z");
    // What other filters leave out is not counted as timeless.
    let ran = sandbox.run(&["--service", "cart", "--since", "2024-01-16", "."]);
    assert_eq!((ran.code, &*ran.err), (Some(0), ""));
}

#[test]
fn spans_from_now_on_backwards() {
    let sandbox = tree();
    let records = |arguments: &[&str]| {
        let ran = sandbox.run(&[&["-q", "--columns", "records", "--service", "cart"], arguments, &["."]].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        ran.out.strip_prefix("service,records\n").unwrap().trim_end().to_owned()
    };
    let now = "2024-01-16T00:15:00Z";
    assert_eq!(records(&["--now", now, "--since", "1h"]), "cart,3");
    assert_eq!(records(&["--now", now, "--since", "1h", "--until", "now"]), "cart,2");
    assert_eq!(records(&["--now", now, "--since", "yesterday", "--until", "today"]), "cart,2");
    assert_eq!(records(&["--now", now, "--since", "today"]), "cart,2");
    assert_eq!(records(&["--now", now, "--since", "today", "--tz", "Europe/Berlin"]), "cart,3");
    assert_eq!(records(&["--since", "today"]), "");
}

#[test]
fn the_year_is_told_by_the_name_of_the_file_or_by_its_age() {
    let sandbox = Sandbox::new();
    let lines = "Dec 31 23:59:58 web-1 cron[1]: a\nDec 31 23:59:59 web-1 cron[1]: b\nJan  1 00:00:01 web-1 cron[1]: c\n";
    sandbox.write("messages-20240101", lines);
    let by_day = |name: &str| sandbox.run(&["--by", "day", "--columns", "records", name]).complete();
    assert_eq!(by_day("messages-20240101"), "day,records\n2023-12-31,2\n2024-01-01,1\n");
    let old = sandbox.write("messages", lines);
    let modified = std::time::UNIX_EPOCH + std::time::Duration::from_secs(START - 365 * 86_400);
    fs::File::options().write(true).open(old).unwrap().set_modified(modified).unwrap();
    // On 2022-12-30 the day after tomorrow is not yet.
    assert_eq!(by_day("messages"), "day,records\n2021-12-31,2\n2022-01-01,1\n");
}

#[test]
fn logs_without_a_zone_are_in_the_one_that_is_assumed() {
    let sandbox = Sandbox::new();
    sandbox.write("app.log", "2024-07-15 01:00:00,000 INFO  [main] a.B: x\n2024-07-15 03:00:00,000 INFO  [main] a.B: y\n");
    let run = |arguments: &[&str]| {
        sandbox.run(&[&["--by", "day", "--columns", "records,first"], arguments, &["app.log"]].concat()).complete()
    };
    assert_eq!(run(&[]), "day,records,first\n2024-07-15,2,2024-07-15T01:00:00Z\n");
    assert_eq!(
        run(&["--assume-tz", "Europe/Berlin"]),
        "day,records,first\n2024-07-14,1,2024-07-14T23:00:00Z\n2024-07-15,1,2024-07-15T01:00:00Z\n"
    );
    assert_eq!(
        run(&["--assume-tz", "Europe/Berlin", "--tz", "Europe/Berlin"]),
        "day,records,first\n2024-07-15,2,2024-07-15T01:00:00+02:00\n"
    );
}

#[test]
fn what_makes_no_sense_is_a_usage_error_that_says_what_does() {
    let sandbox = tree();
    let table: [(&[&str], &str); 8] = [
        (&["--since", "tomorrow"], "'tomorrow' is no time; write 2024-01-15, "),
        (&["--until", ""], "'' is no time"),
        (&["--tz", "Berlin"], "there is no time zone 'Berlin'; write a name such as Europe/Berlin"),
        (&["--assume-tz", "+25:00"], "there is no time zone '+25:00'"),
        (
            &["--since", "2024-01-16", "--until", "2024-01-15"],
            "--since 2024-01-16T00:00:00Z is not before --until 2024-01-15T00:00:00Z",
        ),
        (&["--since", "2024-01-16", "--until", "2024-01-16"], "is not before"),
        (&["--sort", "time"], "--sort time needs a time to group by; write --by hour"),
        (&["--now", "today is fine"], "'today is fine' is no time"),
    ];
    for (arguments, said) in table {
        let ran = sandbox.run(&[arguments, &["."]].concat());
        assert_eq!((ran.code, &*ran.out), (Some(2), ""), "{arguments:?}");
        assert!(ran.err.contains(said), "{arguments:?}: {}", ran.err);
    }
}
