//! Lines of every variant, and those of others.

use super::{
    super::{
        level::Level::{self, *},
        record::{Record, Wanted},
    },
    Memory, parse, read,
};
use proptest::prelude::*;

/// Line, service, level.
type Row = (&'static str, Option<&'static str>, Option<Level>);

fn check(table: &[Row]) {
    for (line, service, level) in table {
        let expected = Record { service: service.map(str::as_bytes), level: *level };
        assert_eq!(read(line.as_bytes(), Wanted::ALL), Some(expected), "{line}");
    }
}

#[test]
fn traditional_lines() {
    check(&[
        ("Jun 14 15:16:01 combo sshd(pam_unix)[19939]: authentication failure; uid=0", Some("sshd(pam_unix)"), None),
        ("Jun  4 15:16:01 combo kernel: [12.5] usb 1-1: new device", Some("kernel"), None),
        ("Jun 04 15:16:01 combo su: (to root) bob on /dev/pts/0", Some("su"), None),
        ("Jun 4 15:16:01 combo su: one digit", Some("su"), None),
        ("Jun 14 15:16:01.123 web1 postfix/smtpd[12]: connect from unknown", Some("postfix/smtpd"), None),
        ("Jan 15 2024 10:00:00 gw dhcpd[4]: DHCPACK on 10.0.0.7", Some("dhcpd"), None),
        ("2024 Jan 15 10:00:00 nx9k %ETHPORT-5-IF_UP: Interface Ethernet1/1 is up", Some("%ETHPORT-5-IF_UP"), None),
        ("Jan 15 10:00:00 2024 gw ntpd[99]: time set", Some("ntpd"), None),
        ("Jul  1 09:00:55 calvisitor Google Chrome[356]: ImageIO: bad header", Some("Google Chrome"), None),
        ("Jul  1 09:00:55 mac com.apple.xpc.launchd[1] (com.apple.mdworker[12513]): exited", Some("com.apple.xpc.launchd"), None),
        ("Jul  7 08:06:15 combo  -- root[2421]: ROOT LOGIN ON tty2", Some("-- root"), None),
        ("Jul  3 04:02:02 combo syslogd 1.4.1: restart.", Some("syslogd"), None),
        ("Jul  3 04:02:02 combo CRON[1234]: (root) CMD (run-parts /etc/cron.hourly)", Some("CRON"), None),
        ("Jul  3 04:02:02 combo dbus-daemon[7]: [system] Activating: name='org'", Some("dbus-daemon"), None),
        ("Jul  3 04:02:02 combo rsyslogd:", Some("rsyslogd"), None),
        ("Jul  3 04:02:02 combo myapp:no space after the colon", Some("myapp"), None),
        ("Jul  3 04:02:02 fe80::1 sshd[12]: from an address", Some("sshd"), None),
        ("Jul  3 04:02:02 box sshd[12]: message repeated 2 times: [ Failed password]", Some("sshd"), None),
        ("Jul  3 04:02:02 box ERROR: in a tag's place", Some("ERROR"), None),
    ]);
}

#[test]
fn without_a_host_or_a_tag() {
    check(&[
        ("Jun 14 15:16:01 sshd[123]: Accepted publickey for core", Some("sshd"), None),
        ("Jun 14 15:16:01 sshd(pam_unix)[123]: session opened", Some("sshd(pam_unix)"), None),
        ("Jun 14 15:16:01 sshd[123]:Accepted", Some("sshd"), None),
        ("Jun 14 15:16:01 kernel: eth0: link up", Some("kernel"), None),
        ("Jun 14 15:16:01 combo last message repeated 2 times", None, None),
        ("Jun 14 15:16:01 last message repeated 2 times", None, None),
        ("Jun 14 15:16:01 combo last message repeated 2 times: [x]", None, None),
        ("Jun 14 15:16:01 combo -- MARK --", None, None),
        ("Jun 14 15:16:01 -- MARK --", None, None),
        ("Jun 14 15:16:01 --- last message repeated 1 time ---", None, None),
        ("Jun 14 15:16:01 combo [12.345] no tag", None, None),
        ("Jun 14 15:16:01 {\"service\": \"x\"}", None, None),
        ("Jun 14 15:16:01 combo", None, None),
        ("Jun 14 15:16:01", None, None),
    ]);
}

#[test]
fn with_a_priority() {
    check(&[
        ("<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8", Some("su"), Some(Fatal)),
        ("<13>Feb  5 17:32:18 10.0.0.99 myproc[10]: text", Some("myproc"), Some(Info)),
        ("<165>Aug 24 05:34:00 CST 1987 mymachine myproc[10]: %% It's time", Some("myproc"), Some(Info)),
        ("<191>Feb  5 17:32:18 h t: x", Some("t"), Some(Debug)),
        ("<3>Feb  5 17:32:18 h t: x", Some("t"), Some(Error)),
        ("<12>Feb  5 17:32:18 h t: x", Some("t"), Some(Warn)),
        ("<14>Feb  5 17:32:18 [main] started: yes", None, Some(Info)),
        ("<14>Feb  5 17:32:18 info sshd[1]: a host of that name", Some("sshd"), Some(Info)),
        ("<14>2024-01-15T10:00:00Z host tag[1]: x", Some("tag"), Some(Info)),
    ]);
}

#[test]
fn cisco() {
    check(&[
        ("<166>Jan 15 2024 10:00:00: %ASA-6-302013: Built outbound TCP", Some("%ASA-6-302013"), Some(Info)),
        ("Jan 15 2024 10:00:00 fw01 : %ASA-6-302013: Built outbound TCP", Some("%ASA-6-302013"), None),
        ("<189>123: *Jan 15 10:00:00.123: %SYS-5-CONFIG_I: Configured", Some("%SYS-5-CONFIG_I"), Some(Info)),
        ("<187>.Jan 15 10:00:00.123 UTC: %LINK-3-UPDOWN: Interface", Some("%LINK-3-UPDOWN"), Some(Error)),
        ("Jan 15 10:00:01 rt1 123: *Mar  1 00:01:02.123 UTC: %LINK-3-UPDOWN: Interface", Some("%LINK-3-UPDOWN"), None),
        ("Jan 15 10:00:01 rt1 123: no mnemonic", None, None),
    ]);
}

#[test]
fn iso_lines() {
    check(&[
        ("2024-01-15T10:00:00.123456+00:00 host sshd[12]: Accepted", Some("sshd"), None),
        ("2024-01-15T10:00:00+0100 host kernel: [1.5] x", Some("kernel"), None),
        ("2024-01-15T10:00:00Z host Google Chrome[356]: x", Some("Google Chrome"), None),
        ("2024-01-15T10:00:00Z host syslogd 1.4.1: restart.", Some("syslogd"), None),
        ("2024-01-15T10:00:00Z host  -- root[2421]: ROOT LOGIN ON tty2", Some("-- root"), None),
        ("2024-01-15T10:00:00Z mac com.apple.xpc.launchd[1] (com.apple.x[2]): y", Some("com.apple.xpc.launchd"), None),
        ("2024-01-15T10:00:00.1+00:00 app[web.1]: State changed", Some("app"), None),
        ("2024-01-15T10:00:00Z sshd[12]: no host", Some("sshd"), None),
        ("2024-01-15T10:00:00Z host last message repeated 2 times", None, None),
        ("2024-01-15T10:00:00Z Current runner version: '2.3'", None, None),
    ]);
}

#[test]
fn rfc5424_lines() {
    check(&[
        ("<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - BOM'su root' failed", Some("su"), Some(Fatal)),
        ("<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time", Some("myproc"), Some(Info)),
        ("<165>1 2003-10-11T22:14:15.003Z h evntslog - ID47 [ex@32473 iut=\"3\"] text", Some("evntslog"), Some(Info)),
        ("<11>1 - - checkout 12 - - text: more", Some("checkout"), Some(Error)),
        ("<11>1 - - - - - -", None, Some(Error)),
        ("<40>1 2012-11-30T06:45:29+00:00 host app web.3 - State changed", Some("app"), Some(Fatal)),
    ]);
}

#[test]
fn other_lines() {
    let table = [
        "",
        " ",
        "<",
        "<>",
        "<34>",
        "<192>Oct 11 22:14:15 h su: x",
        "<1234>Oct 11 22:14:15 h su: x",
        "<a>Oct 11 22:14:15 h su: x",
        "<34>just text",
        "<html><body>",
        "1 2003-10-11T22:14:15.003Z mymachine su - ID47 - no priority [x]",
        "Jan 15 10:00:00 INFO foo: bar",
        "Jan 15 10:00:00 [main] foo: bar",
        "Jan 15 10:00:00 (main) foo: bar",
        "Jan 15 10:00:00 error: bar",
        "Jan 15, 2024 10:00:00 PM com.example.Main run",
        "Jan 15 10:00",
        "January 15 10:00:00 h t: x",
        "Sun Dec 04 04:47:44 2005 h t: x",
        "2024-01-15T10:00:00Z INFO foo: bar",
        "2024-01-15T10:00:00Z [main] INFO foo: bar",
        "2024-01-15T10:00:00Z myapp ERROR: x",
        "2024-01-15T10:00:00Z web-1 INFO nothing else",
        "2024-01-15T10:00:00Z - INFO - foo: bar",
        "2024-01-15T10:00:00 host sshd[12]: no zone",
        "2024-01-15T10:00:00.123Z",
        "2024-01-15T10:00:00.123Z word",
        "2024-01-15T10:00:00.123456789Z stdout F hello: world",
        "2024-01-15T10:00:00.123+0000 I NETWORK  [conn1] end connection 127.0.0.1:5000",
        "2024-01-15T10:00:00.123456Z 0 [Note] [MY-010747] mysqld: ready",
        "2024-01-15T10:00:00Z {\"a\": 1}",
        "2024-01-15T10:00:00Z level=info msg=\"a: b\"",
        "2024-01-15 10:00:00,123 INFO [main] org.apache.Foo: x",
        "\tat com.example.Foo.bar(Foo.java:12)",
        "java.lang.IllegalStateException: boom",
        "{\"service\": \"checkout\", \"level\": \"info\"}",
    ];
    for line in table {
        assert_eq!(read(line.as_bytes(), Wanted::ALL), None, "{line}");
    }
}

#[test]
fn only_what_is_wanted() {
    let line = b"<34>Oct 11 22:14:15 mymachine su: x";
    assert_eq!(read(line, Wanted::NOTHING), Some(Record::BARE));
    assert_eq!(read(line, Wanted::SERVICE), Some(Record { service: Some(b"su"), level: None }));
    assert_eq!(read(line, Wanted::LEVEL), Some(Record { service: None, level: Some(Fatal) }));
}

proptest! {
    #[test]
    fn what_is_remembered_changes_no_answer(lines in proptest::collection::vec(
        (
            proptest::sample::select(vec!["Nov 14 22:", "Nov 14 23:", "Nov  4 22:", "Nov 4 22:", "Nov 14 2024 ", "Nov 14 20240:", "2024-01-1"]),
            "[0-7][0-9]:[0-7][0-9]",
            proptest::sample::select(vec![" ", " ", " ", "  ", ".5 ", ": "]),
            proptest::sample::select(vec!["web-1", "web-2", "10.0.0.1", "2005", "UTC", "CST", "ERROR", "E", "h", "[x]", "sshd[1]:", "a:", "Jun"]),
            proptest::sample::select(vec![" ", " ", "  ", "\t", ""]),
            "((sshd|sshd\r|su\x0c|su|a b|a=b|2005|last message repeated 2 times|\\(x\\)|%ASA-1-2)(\\[1[0-9]?\\]|\\[x\\])?:?)?",
            "( [a-z:\\[]{0,12}| [a-z ]{30,60})?",
        ).prop_map(|(hour, time, gap, host, blank, tag, text)| format!("{hour}{time}{gap}{host}{blank}{tag}{text}")),
        1..20,
    )) {
        let mut memory = Memory::default();
        for line in lines.iter().chain(&lines) {
            for wanted in [Wanted::ALL, Wanted::LEVEL, Wanted::NOTHING] {
                prop_assert_eq!(parse(line.as_bytes(), wanted, &mut memory), read(line.as_bytes(), wanted), "{}", line);
            }
            for ending in ["", "\n", "\r\n"] {
                if let Some(service) = memory.recall(format!("{line}{ending}").as_bytes()) {
                    let parsed = read(line.as_bytes(), Wanted::SERVICE);
                    prop_assert_eq!(Some(Some(service)), parsed.map(|record| record.service), "{}", line);
                }
            }
        }
    }
}

#[test]
fn a_line_of_the_same_hour_is_recalled() {
    let mut memory = Memory::default();
    parse(b"Nov 14 22:13:20 web-1 cart: text", Wanted::SERVICE, &mut memory);
    let line = |origin: &str| format!("Nov 14 22:59:59 {origin} a text of some length, as most lines have one\n");
    assert_eq!(memory.recall(line("web-2 billing[12]:").as_bytes()), Some(b"billing".as_slice()));
    assert_eq!(memory.recall(line("web-2 billing:").as_bytes()), Some(b"billing".as_slice()));
    assert_eq!(memory.recall(line("web-2 billing[a]:").as_bytes()), Some(b"billing".as_slice()));
    let far = "ip-10-0-12-34.internal billing-worker:";
    assert_eq!(memory.recall(line(far).as_bytes()), Some(b"billing-worker".as_slice()));
    assert_eq!(memory.recall(line("web-2 billing=x:").as_bytes()), None);
    assert_eq!(memory.recall(line("web-2 billing text").as_bytes()), None);
    assert_eq!(memory.recall(line("ERROR billing:").as_bytes()), None);
    for (short, service) in [
        ("Nov 14 22:59:59 web-2 billing[12]: ok\n", Some(b"billing".as_slice())),
        ("Nov 14 22:59:59 a.example.com cron: ok\n", Some(b"cron")),
        ("Nov 14 22:59:59 web-2 billing:\r\n", Some(b"billing")),
        ("Nov 14 22:59:59 web-2 billing text\n", None),
        ("Nov 14 22:59:59 web-2 billing\n[12]: ok", None),
    ] {
        assert_eq!(memory.recall(short.as_bytes()), service, "{short}");
    }
}
