//! Where services' names come from, and formats that are forced.

use crate::sandbox::{Sandbox, tree};

#[test]
fn service_field() {
    let sandbox = Sandbox::new();
    sandbox.write("x.log", "{\"service\":\"s\",\"team\":\"core\",\"meta\":{\"owner\":\"ann\"}}\n{\"service\":\"t\"}\n");
    let records = |arguments: &[&str]| sandbox.run(&[&["--columns", "records", "x.log"], arguments].concat()).complete();
    assert_eq!(records(&["--service-field", "team"]), "service,records\ncore,1\nt,1\n");
    assert_eq!(records(&["--service-field", "meta.owner"]), "service,records\nann,1\nt,1\n");
    assert_eq!(records(&["--service-field", "nothing", "--service-field", "team"]), "service,records\ncore,1\nt,1\n");
}

#[test]
fn service_from() {
    let sandbox = tree();
    let records = |from: &str| sandbox.run(&["--columns", "records", "--service-from", from, "logs"]).complete();
    assert_eq!(records("path"), "service,records\ncart,3\npay,2\n");
    assert_eq!(records("record"), "service,records\ncart,2\norg.example.Pay,2\nauth,1\n");
    assert_eq!(records("path:{service}/*.log"), "service,records\nweb,3\n-,2\n");
    sandbox.write("logs/plain.txt", "one\ntwo\n");
    assert_eq!(records("record"), "service,records\n-,2\ncart,2\norg.example.Pay,2\nauth,1\n");
}

#[test]
fn log_format_is_forced() {
    let sandbox = tree();
    let out = sandbox.run(&["--columns", "records", "--log-format", "plain", "logs"]).complete();
    assert_eq!(out, "service,records\ncart,4\npay,4\n");
}

#[test]
fn what_a_container_runtime_puts_before_a_line_is_no_service_and_no_level() {
    let sandbox = Sandbox::new();
    let line = |second: usize| format!("2024-01-15T10:00:{second:02}.000000001Z stdout F listening on :80\n");
    sandbox.write("pods/shop_web-1_0b2f6c1e-8a4d-4c57-9e21-5d3c7f90ab12/web/0.log", (10..40).map(line).collect::<String>());
    let out = sandbox.run(&["--columns", "records,errors", "pods"]).complete();
    assert_eq!(out, "service,records,errors\nweb,30,0\n");
}

#[test]
fn each_format_can_be_forced() {
    let sandbox = Sandbox::new();
    let table = [
        ("json", "{\"service\":\"a\"}\n", "a"),
        ("logfmt", "ts=1 service=a\n", "a"),
        ("syslog", "Jan 15 10:00:00 host a[1]: text\n", "a"),
        ("access", "a.example 10.0.0.1 - - [15/Jan/2024:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1\n", "a.example"),
        ("app", "2024-01-15 10:00:00,123 INFO [main] a.B: text\n", "a.B"),
        ("logcat", "01-15 10:00:00.123  1234  1234 I a       : text\n", "a"),
        ("klog", "I0517 15:04:22.619632 123 a.cc:253] text\n", "a"),
        ("plain", "{\"service\":\"a\"}\n", "x"),
    ];
    for (format, line, service) in table {
        sandbox.write("x.log", line);
        let out = sandbox.run(&["--log-format", format, "--by", "service,format", "-c", "records", "x.log"]).complete();
        assert_eq!(out, format!("service,format,records\n{service},{format},1\n"));
        // A line of another format is none of this one: it belongs to no record.
        if format != "plain" {
            sandbox.write("x.log", format!("no record\n{line}"));
            let out = sandbox.run(&["--log-format", format, "-c", "records,lines", "x.log"]).complete();
            assert_eq!(out, format!("service,records,lines\n{service},1,1\nx,0,1\n"), "{format}");
        }
    }
}
