//! `sample_logs` by time: held against a reader of each file that knows only how that file's records begin.

use crate::{
    samples::{DAMAGED, FILES, root},
    sandbox::Sandbox,
    text::{ByteOrder, utf16},
};
use flate2::read::MultiGzDecoder;
use jiff::{Timestamp, civil, tz::Offset};
use regex::Regex;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read,
    time::{Duration, SystemTime},
};

/// `2024-01-15T10`, which a `~` stands for below.
const ISO: &str = r"(?<y>\d{4})-(?<mo>\d\d)-(?<d>\d\d)[T ](?<h>\d\d):\d\d:\d\d";

/// What records of a file begin with. Groups: `y`, `mo` or `mon`, `d`, `h` for the hour, with `zone` where it is not that of
/// Greenwich, or `s`, the seconds since 1970; `word`, `number` (bunyan's), `status` (HTTP's) or `pri` (syslog's) for the level.
const BEGINNINGS: &[(&str, &[&str])] = &[
    ("access/intranet/access.log.1", &[CLF]),
    ("access/nginx-access-20240115.log", &[CLF]),
    ("access/vhosts_access.log", &[CLF]),
    ("app/catalog.log", &[r"^~\.\d+Z +(?<word>[A-Z]+) 1 ---"]),
    ("app/fulfilment.log", &[r"^~\.\d+ (?<word>[A-Z]+) \["]),
    ("app/kafka/server.log.2024-01-15-10", &[r"^\[~,\d+\] (?<word>[A-Z]+) "]),
    ("app/orders.log.2024-01-15", &[r"^~,\d+ (?<word>[A-Z]+) +\["]),
    ("app/recommender.log", &[r"^~,\d+ - \S+ - (?<word>[A-Z]+) - "]),
    ("app/zookeeper.log", &[r"^~,\d+ - (?<word>[A-Z]+) +\["]),
    ("broken/returns.log.gz", &[JSON]),
    ("containers/compose/shop.log", &[r#"^\S+ +\| time="~Z" level=(?<word>\w+) "#]),
    // The level is the application's, the time the container's.
    (
        "containers/docker/7c1d2e3f4a5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcdef/7c1d2e3f4a5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcdef-json.log",
        &[r#"^\{"log":"\d{4}-\d\d-\d\d [\d:.]+ +(?<word>[A-Z]+) 1 ---.*"time":"~"#],
    ),
    (
        "containers/pods/shop_pay-0_3d5c7a90-1b2f-4f6e-9a41-c0ffee123456/pay/0.log",
        &[r#"^~\.\d+Z std(?:out|err) [PF] \{"level":"(?<word>\w+)""#],
    ),
    ("databases/postgres/postgresql-2024-01-15.log", &[r"^~\.\d+ UTC \[\d+\] (?:\w+@\w+ )?(?<word>LOG|WARNING|ERROR|FATAL):  "]),
    ("databases/redis/redis-server.log", &[r"^\d+:[A-Z] (?<d>\d+) (?<mon>\w+) (?<y>\d{4}) (?<h>\d\d):\S+ (?<word>[.*#-]) "]),
    ("json/checkout.log", &[JSON]),
    ("json/checkout.log.1", &[JSON]),
    ("json/checkout.log.2.gz", &[JSON]),
    ("json/gateway.ndjson", &[r#"^\{"@timestamp": "~[^"]*", "log.level": "(?<word>\w+)""#]),
    ("json/mailer.jsonl", &[r#"^\{"name".*"level":(?<number>\d+),.*"time":"~"#]),
    ("json/mongod.log", &[r#"^\{"t":\{"\$date":"~\.\d+\+00:00"\},"s":"(?<word>[A-Z])","#]),
    ("json/names.log", &[r#"^\{"ts":"~[^"]*", "level":"(?<word>\w+)""#]),
    ("json/reviews/current", &[JSON]),
    (
        "json/shop-20240115.json",
        &[
            r#"^\{"timestamp":"~[^"]*","severity":"(?<word>\w+)""#,
            r#"^\{"time":"~[^"]*","level":"(?<word>\w+)""#,
            r#"^\{"t":(?<s>\d{10})\d{3},"lvl":"(?<word>\w+)""#,
            r#"^\{"msg":.*"level":"(?<word>\w+)",.*"ts":(?<s>\d{10})\.\d+\}"#,
        ],
    ),
    ("json/stock-keeper.json", &[r#"^\{"timestamp":"~[^"]*","level":"(?<word>\w+)""#]),
    ("klog/kube-scheduler.log", &[r"^(?<word>[IWEF])(?<mo>\d\d)(?<d>\d\d) (?<h>\d\d):"]),
    ("logcat/shop-app-brief.txt", &[r"^(?<word>[VDIWEF])/"]),
    ("logcat/shop-app-threadtime.txt", &[r"^(?<mo>\d\d)-(?<d>\d\d) (?<h>\d\d):\S+ +\d+ +\d+ (?<word>[VDIWEF]) "]),
    ("logfmt/pricing-20240115.log", &[r"^ts=~\S* lvl=(?<word>\w+) "]),
    ("logfmt/search.log", &[LOGFMT]),
    ("mixed/storefront.log", &[JSON, BSD, r"^~,\d+ (?<word>[A-Z]+) \[worker-"]),
    ("odd/.audit.log", &[r"^~\.\d+\+00:00 web-1 auditd"]),
    ("odd/Bücher suche.log", &[JSON]),
    ("odd/empty.log", &[]),
    ("odd/export-20240115.json", &[r#"^\{"timestamp":"~[^"]*","level":"(?<word>\w+)""#]),
    ("odd/no-newline.log", &[LOGFMT]),
    ("odd/price list, final.log", &[r"\S"]),
    ("odd/windows-till.log", &[r"^~,\d+ (?<word>[A-Z]+) +\[1\] "]),
    ("plain/cron-report.txt", &[r"\S"]),
    ("plain/price-import/current", &[r"\S"]),
    ("pods/shop_cart-0_6f1d2a34-77b0-4e0a-8c1b-92a4cbb1d0fe/app/0.log", &[POD]),
    ("pods/shop_cart-0_6f1d2a34-77b0-4e0a-8c1b-92a4cbb1d0fe/app/0.log.20240115-103000.gz", &[POD]),
    ("pods/shop_checkout-7d9f8b6c5-x2x7q_0b2f6c1e-8a4d-4c57-9e21-5d3c7f90ab12/checkout/0.log", &[POD]),
    ("pods/shop_checkout-7d9f8b6c5-x2x7q_0b2f6c1e-8a4d-4c57-9e21-5d3c7f90ab12/istio-proxy/1.log", &[POD]),
    (
        "proxies/haproxy/requests.log",
        &[r"\[(?<d>\d\d)/(?<mon>\w+)/(?<y>\d{4}):(?<h>\d\d):[\d:.]+\] \S+ \S+ \S+ (?<status>\d{3}) "],
    ),
    ("proxies/iis/u_ex240115.log", &[r"^~ \S+ WEB1 .* (?<status>\d{3}) \d+ \d+ \d+$"]),
    ("proxies/nginx/error.log", &[r"^(?<y>\d{4})/(?<mo>\d\d)/(?<d>\d\d) (?<h>\d\d):\S+ \[(?<word>\w+)\] "]),
    ("syslog/auth-iso.log", &[r"^~\.\d+(?<zone>\+\d\d):00 web-2 "]),
    ("syslog/messages", &[BSD]),
    ("syslog/relay.log.1", &[r"^<(?<pri>\d+)>(?<mon>\w{3}) (?<d>\d\d) (?<h>\d\d):"]),
    ("syslog/rfc5424.log", &[r"^<(?<pri>\d+)>1 ~\.\d+Z "]),
    ("syslog/till-mac.log", &[BSD]),
];

const CLF: &str = r#" \[(?<d>\d\d)/(?<mon>\w+)/(?<y>\d{4}):(?<h>\d\d):\d\d:\d\d \+0000\] "[^"]*" (?<status>\d{3}) "#;
const JSON: &str = r#"^\{"ts":"~[^"]*","level":"(?<word>\w+)""#;
const LOGFMT: &str = r"^time=~\S* level=(?<word>\w+) ";
const BSD: &str = r"^(?<mon>\w{3}) (?<d>\d\d) (?<h>\d\d):\d\d:\d\d [\w-]+ ";
const POD: &str = r"^~\.\d+Z (?<word>[A-Z]+) ";

/// Records by two keys.
type Groups = BTreeMap<(String, String), u64>;

/// What the reader has of a file.
struct Told {
    by_hour: Groups,
    days: BTreeSet<String>,
    /// Whether there are lines before the first record.
    preamble: bool,
}

/// Reads a file's text by how its records begin.
fn told(file: &str, beginnings: &[&str], text: &str) -> Told {
    let beginnings: Vec<Regex> = beginnings.iter().map(|regex| Regex::new(&regex.replacen('~', ISO, 1)).unwrap()).collect();
    let mut told = Told { by_hour: Groups::new(), days: BTreeSet::new(), preamble: false };
    for line in text.lines() {
        let Some(taken) = beginnings.iter().find_map(|regex| regex.captures(line)) else {
            told.preamble |= told.by_hour.is_empty();
            continue;
        };
        let group = |name: &str| taken.name(name).map(|text| text.as_str());
        let (day, hour) = match hour(&group) {
            Some(hour) => (hour.strftime("%Y-%m-%d").to_string(), hour.strftime("%Y-%m-%dT%H:00:00Z").to_string()),
            None => ("-".to_owned(), "-".to_owned()),
        };
        told.days.insert(day);
        let level = level(&group).unwrap_or_else(|| panic!("{file}: the level of {line}"));
        *told.by_hour.entry((level.to_owned(), hour)).or_default() += 1;
    }
    if told.preamble {
        // Lines without a record, a level or a time.
        told.by_hour.entry(("-".to_owned(), "-".to_owned())).or_default();
    }
    told
}

/// The hour of a record, in Greenwich.
fn hour<'t>(group: &impl Fn(&str) -> Option<&'t str>) -> Option<civil::DateTime> {
    let number = |name: &str| group(name).map(|digits| digits.parse::<i8>().unwrap());
    if let Some(seconds) = group("s") {
        return Some(Offset::UTC.to_datetime(Timestamp::from_second(seconds.parse().unwrap()).unwrap()));
    }
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let named = |name: &str| months.iter().position(|month| *month == name).unwrap() as i8 + 1;
    let month = number("mo").or_else(|| group("mon").map(named))?;
    let year = group("y").map_or(YEAR, |year| year.parse().unwrap());
    let written = civil::date(year, month, number("d")?).at(number("h")?, 0, 0, 0);
    let east = group("zone").map_or(0, |zone| zone.parse::<i8>().unwrap());
    Some(Offset::UTC.to_datetime(Offset::constant(east).to_timestamp(written).unwrap()))
}

fn level<'t>(group: &impl Fn(&str) -> Option<&'t str>) -> Option<&'static str> {
    let number = |name: &str| group(name).map(|digits| digits.parse::<u32>().unwrap());
    if let Some(word) = group("word") {
        return Some(match word {
            "TRACE" | "V" => "trace",
            "debug" | "DEBUG" | "D" | "." | "-" => "debug",
            "info" | "INFO" | "I" | "notice" | "Information" | "LOG" | "*" => "info",
            "warn" | "WARN" | "warning" | "WARNING" | "W" | "#" => "warn",
            "error" | "ERROR" | "E" => "error",
            "FATAL" | "F" | "crit" => "fatal",
            _ => return None,
        });
    }
    if let Some(number) = number("number") {
        return ["trace", "debug", "info", "warn", "error", "fatal"].get(number as usize / 10 - 1).copied();
    }
    if let Some(status) = number("status") {
        return Some(["info", "info", "info", "warn", "error"][status as usize / 100 - 1]);
    }
    if let Some(priority) = number("pri") {
        return Some(["fatal", "fatal", "fatal", "error", "warn", "info", "info", "debug"][priority as usize % 8]);
    }
    Some("-")
}

/// The year of January's records in files without years that were written on 2025-01-10: of 2025 they would be five days ahead.
const YEAR: i16 = 2024;
const WRITTEN: Duration = Duration::from_secs(1_736_467_200);

/// The file's text, up to where it is cut short.
fn text_of(file: &str) -> String {
    let mut bytes = fs::read(root().join(file)).unwrap();
    if file.ends_with(".gz") {
        let mut text = Vec::new();
        let cut = MultiGzDecoder::new(&bytes[..]).read_to_end(&mut text).is_err();
        assert_eq!(cut, file == DAMAGED.0, "{file}");
        if cut {
            text.truncate(text.iter().rposition(|byte| *byte == b'\n').unwrap() + 1);
        }
        bytes = text;
    }
    let text = String::from_utf8(bytes).unwrap();
    text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()
}

/// Puts a file where its path says what the sample's says, written on the day above.
fn put(sandbox: &Sandbox, file: &str, bytes: &[u8]) {
    let path = sandbox.write(file, bytes);
    fs::File::options().append(true).open(path).unwrap().set_modified(SystemTime::UNIX_EPOCH + WRITTEN).unwrap();
}

fn groups(csv: &str) -> Groups {
    let rows = csv::Reader::from_reader(csv.as_bytes()).into_records();
    rows.map(|row| row.map(|row| ((row[0].to_owned(), row[1].to_owned()), row[2].parse().unwrap())).unwrap()).collect()
}

#[test]
fn every_sample_has_a_reader() {
    let with_reader: BTreeSet<&str> = BEGINNINGS.iter().map(|(file, _)| *file).collect();
    let samples: BTreeSet<&str> = FILES.iter().map(|(file, _)| *file).chain([DAMAGED.0]).collect();
    assert_eq!(with_reader, samples);
}

/// By level and hour, and by service and day, as it is stored and as UTF-16.
#[test]
fn records_by_time_are_those_of_a_reader_of_each_sample() {
    let sandbox = Sandbox::new();
    for (file, beginnings) in BEGINNINGS {
        let text = text_of(file);
        let Told { by_hour, days, preamble } = told(file, beginnings, &text);

        let services = FILES.iter().find(|(name, _)| name == file).map_or(&[DAMAGED.1][..], |(_, services)| services);
        let mut by_day = Groups::new();
        for row in services {
            let [_, records, service] = row.rsplitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{row}") };
            // All samples are of one day each; what has no record has no day.
            let day = days.first().filter(|_| days.len() == 1).unwrap_or_else(|| panic!("{file} has {days:?}"));
            if records != "0" {
                by_day.insert((service.to_owned(), day.clone()), records.parse().unwrap());
            }
        }
        if preamble {
            // Named by the path.
            let stem = file.rsplit('/').next().unwrap().strip_suffix(".log").unwrap();
            by_day.insert((stem.to_owned(), "-".to_owned()), 0);
        }

        let stored = fs::read(root().join(file)).unwrap();
        // A text of a mark alone would be a line of its own.
        let other = (!text.is_empty()).then(|| utf16(&text, ByteOrder::Big));
        for bytes in [stored].into_iter().chain(other) {
            put(&sandbox, file, &bytes);
            for (keys, expected) in [("level,hour", &by_hour), ("service,day", &by_day)] {
                let ran = sandbox.run(&["--by", keys, "--columns", "records", file]);
                let damaged = *file == DAMAGED.0 && bytes.starts_with(b"\x1f\x8b");
                let out = if damaged { ran.incomplete().0 } else { ran.complete() };
                assert_eq!(groups(&out), *expected, "{file} by {keys}");
            }
        }
    }
}
