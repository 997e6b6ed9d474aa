//! `--unwrap`: messages of syslog and JSON that are JSON or logfmt themselves.

use crate::sandbox::Sandbox;

/// What is counted of a file's lines, by service and level, without `--unwrap` and with it.
fn rows(sandbox: &Sandbox, more: &[&str]) -> String {
    let args = [&["--by", "service,level", "--columns", "records,lines", "--sort", "name"], more].concat();
    let out = sandbox.run(&args).complete();
    out.strip_prefix("service,level,records,lines\n").unwrap_or_else(|| panic!("{out}")).trim_end().replace('\n', " ")
}

const MESSAGES: &str = r#"Jan 15 10:00:00 web-1 shopd[7]: {"app":"cart","level":"warn","msg":"slow"}
Jan 15 10:00:01 web-1 shopd[7]: @cee: {"service":"pay","severity":"err","status":500}
Jan 15 10:00:02 web-1 shopd[7]: {"logger":"org.example.Cart","level":"info"}
Jan 15 10:00:03 web-1 shopd: level=debug service=search msg="two words"
Jan 15 10:00:04 web-1 shopd: took=3s status=200
Jan 15 10:00:05 web-1 shopd[7]: plain text, service=none level=error
	at more of it
Jan 15 10:00:06 web-1 sshd[8]: Accepted publickey for bob
"#;

#[test]
fn a_syslog_message_says_more_than_its_tag() {
    let sandbox = Sandbox::new();
    sandbox.write("messages", MESSAGES);
    assert_eq!(rows(&sandbox, &["messages"]), "shopd,-,6,7 sshd,-,1,1");
    let unwrapped = "cart,warn,1,1 pay,error,1,1 search,debug,1,1 shopd,-,2,3 shopd,info,1,1 sshd,-,1,1";
    assert_eq!(rows(&sandbox, &["--unwrap", "messages"]), unwrapped);
    for size in ["1", "64"] {
        assert_eq!(rows(&sandbox, &["--unwrap", "--chunk-size", size, "messages"]), unwrapped);
    }
    // By service alone, which is the fastest way.
    let out = sandbox.run(&["--unwrap", "--columns", "records", "messages"]).complete();
    assert_eq!(out, "service,records\nshopd,3\ncart,1\npay,1\nsearch,1\nsshd,1\n");
    // What is asked for by name is taken wherever it stands.
    let out = rows(&sandbox, &["--unwrap", "--service-field", "logger", "messages"]);
    assert!(out.contains("org.example.Cart,info,1,1"), "{out}");
    assert_eq!(rows(&sandbox, &["--unwrap", "--level", "warn+", "messages"]), "cart,warn,1,1 pay,error,1,1");
    assert_eq!(rows(&sandbox, &["--unwrap", "--no-unwrap", "messages"]), rows(&sandbox, &["messages"]));
    let report = sandbox.run(&["--unwrap", "--format", "json", "messages"]).complete();
    assert!(report.contains(r#""unwrap": "messages""#), "{report}");
}

#[test]
fn every_kind_of_syslog_has_messages() {
    let sandbox = Sandbox::new();
    let json = r#"{"service":"pay","level":"warn"}"#;
    let table = [
        ("2024-01-15T10:00:00.123456+01:00 web-1 shopd[7]: {}", "pay,warn"),
        ("2024-01-15T10:00:00.123456+01:00 web-1 {}", "pay,warn"),
        ("<14>Jan 15 10:00:00 web-1 shopd: {}", "pay,warn"),
        ("<14>Jan 15 10:00:00 web-1 shopd: text", "shopd,info"),
        ("Jan 15 10:00:00 web-1 {}", "pay,warn"),
        ("Jan 15 10:00:00 web-1 @cee: {}", "pay,warn"),
        ("<14>1 2024-01-15T10:00:00Z web-1 shopd 7 ID1 - {}", "pay,warn"),
        ("<14>1 2024-01-15T10:00:00Z web-1 shopd 7 ID1 - \u{feff}{}", "pay,warn"),
        ("<14>1 2024-01-15T10:00:00Z web-1 shopd 7 - [a b=\"c\\\"]\"][d@1 e=\"]\"] @cee: {}", "pay,warn"),
        // Heroku leaves out the structured data.
        ("<14>1 2024-01-15T10:00:00Z web-1 shopd web.1 - {}", "pay,warn"),
        ("<14>1 2024-01-15T10:00:00Z web-1 shopd 7 ID1 [never closed {}", "shopd,info"),
        ("<14>1 2024-01-15T10:00:00Z web-1 shopd 7 ID1 -", "shopd,info"),
        ("<14>1 2024-01-15T10:00:00Z web-1 shopd", "shopd,info"),
    ];
    for (line, expected) in table {
        sandbox.write("messages", format!("{}\n", line.replace("{}", json)));
        assert_eq!(rows(&sandbox, &["--unwrap", "--log-format", "syslog", "messages"]), format!("{expected},1,1"), "{line}");
    }
    // A message without a tag names no service by its first word.
    for text in [json, "@cee: {\"a\":\"b\"}", "level=warn msg=\"a: b\""] {
        sandbox.write("messages", format!("Jan 15 10:00:00 web-1 {text}\n").repeat(3));
        assert_eq!(rows(&sandbox, &["messages"]), "messages,-,3,3", "{text}");
    }
}

#[test]
fn a_collectors_json_holds_messages() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "journal.json",
        r#"{"__REALTIME_TIMESTAMP":"1705312800123456","PRIORITY":"6","_HOSTNAME":"web-1","SYSLOG_IDENTIFIER":"shopd","MESSAGE":"{\"app\":\"cart\",\"level\":\"error\",\"host\":\"inner\",\"status\":500}"}
{"__REALTIME_TIMESTAMP":"1705312801123456","PRIORITY":"6","_HOSTNAME":"web-1","SYSLOG_IDENTIFIER":"shopd","MESSAGE":"level=warn service=pay"}
{"__REALTIME_TIMESTAMP":"1705312802123456","PRIORITY":"6","_HOSTNAME":"web-1","SYSLOG_IDENTIFIER":"shopd","MESSAGE":"Timeout"}
{"__REALTIME_TIMESTAMP":"1705312803123456","PRIORITY":"4","_HOSTNAME":"web-1","SYSLOG_IDENTIFIER":"shopd","MESSAGE":null}
"#,
    );
    assert_eq!(rows(&sandbox, &["journal.json"]), "shopd,info,3,3 shopd,warn,1,1");
    assert_eq!(rows(&sandbox, &["--unwrap", "journal.json"]), "cart,error,1,1 pay,warn,1,1 shopd,info,1,1 shopd,warn,1,1");
    // A container's record around such a record.
    sandbox.write(
        "filebeat.json",
        "{\"@timestamp\":\"2024-01-15T10:00:00Z\",\"host\":\"n-1\",\"message\":\"{\\\"service\\\":\\\"pay\\\"}\"}\n",
    );
    assert_eq!(rows(&sandbox, &["--unwrap", "filebeat.json"]), "pay,-,1,1");
    sandbox.write("pod/web.log", "2024-01-15T10:00:00.000000001Z stdout F {\"message\":\"{\\\"service\\\":\\\"pay\\\"}\"}\n");
    assert_eq!(rows(&sandbox, &["--unwrap", "pod/web.log"]), "pay,-,1,1");
    assert_eq!(rows(&sandbox, &["pod/web.log"]), "web,-,1,1");
}

/// The time and the host stay those of the header; a field is looked for in the message first.
#[test]
fn what_is_around_a_message_stays() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "messages",
        "2024-01-15T10:00:00+00:00 web-1 shopd[7]: {\"time\":\"2020-01-01T00:00:00Z\",\"host\":\"inner\",\"status\":200}\n\
         2024-01-15T10:00:01+00:00 web-1 shopd[7]: time=2020-01-01T00:00:00Z host=inner status=404\n\
         2024-01-15T10:00:02+00:00 web-1 shopd[7]: text\n",
    );
    let by = "day,host,field:host,status";
    let out = sandbox.run(&["--unwrap", "--by", by, "--columns", "records", "--sort", "name", "messages"]).complete();
    assert_eq!(
        out,
        format!("{by},records\n2024-01-15,web-1,-,-,1\n2024-01-15,web-1,inner,200,1\n2024-01-15,web-1,inner,404,1\n")
    );
    let out = sandbox.run(&["--by", by, "--columns", "records", "--sort", "name", "messages"]).complete();
    assert_eq!(out, format!("{by},records\n2024-01-15,web-1,-,-,3\n"));
    sandbox.write(
        "web.json",
        r#"{"time":"2024-01-15T10:00:00Z","host":"n-1","status":1,"message":"{\"host\":\"inner\",\"status\":2}"}"#,
    );
    let out = sandbox.run(&["--unwrap", "--by", by, "--columns", "records", "web.json"]).complete();
    assert_eq!(out, format!("{by},records\n2024-01-15,n-1,inner,2,1\n"));
}
