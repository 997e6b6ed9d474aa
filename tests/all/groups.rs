//! What records are grouped by: each key, the values of keys in structured logs, and several at once.

use crate::sandbox::{Sandbox, tree};

#[test]
fn by_each_key_and_by_several() {
    let sandbox = tree();
    let records = |by: &str| sandbox.run(&["--columns", "records", "--by", by, "logs"]).complete();
    assert_eq!(records("level"), "level,records\ninfo,2\nerror,1\nfatal,1\nwarn,1\n");
    assert_eq!(records("format"), "format,records\njson,3\napp,2\n");
    assert_eq!(records("file"), "file,records\nlogs/web/cart.log,3\nlogs/pay.log.1,2\n");
    assert_eq!(records("dir"), "dir,records\nlogs/web,3\nlogs,2\n");
    assert_eq!(
        records("service,level"),
        "service,level,records\nauth,error,1\ncart,info,1\ncart,warn,1\norg.example.Pay,fatal,1\norg.example.Pay,info,1\n"
    );
    assert_eq!(
        records("dir,format,service"),
        "dir,format,service,records\nlogs,app,org.example.Pay,2\nlogs/web,json,cart,2\nlogs/web,json,auth,1\n"
    );
    assert_eq!(records("service,service"), "service,records\ncart,2\norg.example.Pay,2\nauth,1\n");
}

/// Records of several formats, with hosts and fields where each has them.
fn hosts() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(
        "x/web.json",
        r#"{"service":"a","level":"info","host":"h1","status":200,"ok":true,"user":{"name":"ann"},"none":null}
{"service":"a","level":"error","hostname":"h2","status":404,"ok":false,"user.name":"bob"}
{"service":"b","level":"info","host":{"name":"h3"},"status":"200","ok":"","list":[1],"user":{}}
{"service":"b","level":"info","quote":"say \"hi\""}
  continued
"#,
    );
    sandbox.write(
        "x/db.log",
        "ts=2024-01-15T10:00:00Z level=warn service=db host=h1 status=200 msg=\"two words\"\n\
         ts=2024-01-15T10:00:01Z level=info service=db status= msg=ok\n",
    );
    sandbox
        .write("x/messages", "Jan 15 10:00:00 h1 sshd[1]: in\nJan 15 10:00:01 h4 sshd[2]: out\nJan 15 10:00:02 h4 cron: run\n");
    sandbox
}

#[test]
fn by_host() {
    let sandbox = hosts();
    let out = sandbox.run(&["-b", "host", "-c", "records,lines", "x"]).complete();
    assert_eq!(out, "host,records,lines\nh1,3,3\n-,2,3\nh4,2,2\nh2,1,1\nh3,1,1\n");
    let out = sandbox.run(&["-b", "host,service", "-c", "records", "x/messages"]).complete();
    assert_eq!(out, "host,service,records\nh1,sshd,1\nh4,cron,1\nh4,sshd,1\n");
}

#[test]
fn by_the_value_of_a_key() {
    let sandbox = hosts();
    let rows = |key: &str, file: &str| {
        let key = format!("field:{key}");
        let out = sandbox.run(&["-b", &key, "-c", "records", file]).complete();
        let rows = out.strip_prefix(&format!("{key},records\n")).unwrap_or_else(|| panic!("{out}"));
        rows.trim_end().replace('\n', " ")
    };
    let table = [
        // A number and a text of the same letters are the same value.
        ("status", "x/web.json", "200,2 -,1 404,1"),
        ("ok", "x/web.json", "-,2 false,1 true,1"),
        ("user.name", "x/web.json", "-,2 ann,1 bob,1"),
        ("none", "x/web.json", "-,4"),
        ("list", "x/web.json", "-,4"),
        ("user", "x/web.json", "-,4"),
        ("nowhere", "x/web.json", "-,4"),
        ("quote", "x/web.json", "-,3 \"say \"\"hi\"\"\",1"),
        ("status", "x/db.log", "-,1 200,1"),
        ("msg", "x/db.log", "ok,1 two words,1"),
        ("status", "x/messages", "-,3"),
    ];
    for (key, file, expected) in table {
        assert_eq!(rows(key, file), expected, "{key} in {file}");
    }
}

#[test]
fn by_several_keys_of_all_sorts() {
    let sandbox = hosts();
    let out = sandbox.run(&["-b", "service,level,host,field:status,field:ok,format", "-c", "records", "x/web.json"]).complete();
    let expected = "\
service,level,host,field:status,field:ok,format,records
a,error,h2,404,false,json,1
a,info,h1,200,true,json,1
b,info,-,-,-,json,1
b,info,h3,200,-,json,1
";
    assert_eq!(out, expected);
    // What belongs to no record has no host and no field.
    sandbox.write("late.json", "before all\n{\"service\":\"a\",\"host\":\"h1\"}\n{\"service\":\"a\",\"host\":\"h1\"}\n");
    let out = sandbox.run(&["-b", "service,host,field:service,level", "-c", "records,lines", "late.json"]).complete();
    assert_eq!(out, "service,host,field:service,level,records,lines\na,h1,a,-,2,2\nlate,-,-,-,0,1\n");
}

#[test]
fn by_the_groups_of_a_pattern() {
    let sandbox = Sandbox::new();
    sandbox.write("till.log", "[3] E n-1 printer: out of paper\n  more\n[1] I n-2 scale: 230 g\n[1] I n-1 scale: 12 g\n");
    let pattern = r"^\[(?<till>\d+)\] (?<level>[EWI]) (?<host>\S+) (?<service>\w+): (?<message>.*)";
    let rows = |by: &str| sandbox.run(&["--by", by, "-c", "records,lines", "--pattern", pattern, "till.log"]).complete();
    assert_eq!(rows("field:till"), "field:till,records,lines\n1,2,2\n3,1,2\n");
    assert_eq!(rows("host,field:till"), "host,field:till,records,lines\nn-1,1,1,1\nn-1,3,1,2\nn-2,1,1,1\n");
    // As in JSON, a field is what stands there, whatever a level or a service is made of it.
    assert_eq!(
        rows("level,field:level,field:service"),
        "level,field:level,field:service,records,lines\n-,I,scale,2,2\n-,E,printer,1,2\n"
    );
    assert_eq!(rows("field:message"), "field:message,records,lines\n12 g,1,1\n230 g,1,1\nout of paper,1,2\n");
    assert_eq!(rows("field:other,status"), "field:other,status,records,lines\n-,-,3,4\n");
    // Inside a container too.
    let line = |text: &str| format!("2024-01-15T10:00:00.000000001Z stdout F {text}\n");
    sandbox.write("till.log", [line("[3] E n-1 printer: out of paper"), line("  more"), line("[1] I n-2 scale: 230 g")].concat());
    assert_eq!(rows("format,field:till,host"), "format,field:till,host,records,lines\ncri,1,n-2,1,1\ncri,3,n-1,1,2\n");
}

#[test]
fn by_status() {
    let sandbox = Sandbox::new();
    let access = "10.0.0.7 - - [15/Jan/2024:10:00:00 +0000] \"GET / HTTP/1.1\" 404 12";
    sandbox.write("access.log", format!("{access}\n{}\n", access.replace("404", "-")));
    sandbox.write("pod/web.log", format!("2024-01-15T10:00:00.000000001Z stdout F {access}\n").repeat(3));
    sandbox.write("web.json", "{\"service\":\"a\",\"status\":200}\n{\"service\":\"a\"}\n");
    sandbox.write("web.log", "ts=1 level=info status=503\n");
    sandbox.write(
        "iis.log",
        "#Software: Microsoft Internet Information Services 10.0\n\
         #Fields: date time s-ip s-computername cs(User-Agent) cs-host sc-status\n\
         2024-01-15 10:00:00 10.0.0.1 WEB1 curl/8.0 shop.example 200\n\
         2024-01-15 10:00:01 10.0.0.1 WEB1 - shop.example 500\n\
         2024-01-15 10:00:02 10.0.0.2 - curl/8.0 pay.example -\n",
    );
    let squid = |status: u16| {
        format!(
            "1705312800.123     45 10.0.0.7 TCP_MISS/{status} 1234 GET http://example.com/ - HIER_DIRECT/10.0.0.8 text/html\n"
        )
    };
    sandbox.write("squid.log", [squid(200), squid(304), squid(200)].concat());
    sandbox.write("messages", "Jan 15 10:00:00 h1 sshd[1]: in\n");
    let rows = |by: &str, file: &str| {
        let out = sandbox.run(&["--by", by, "-c", "records", file]).complete();
        let rows = out.strip_prefix(&format!("{by},records\n")).unwrap_or_else(|| panic!("{out}"));
        rows.trim_end().replace('\n', " ")
    };
    let table = [
        ("access.log", "-,1 404,1"),
        ("pod/web.log", "404,3"),
        ("web.json", "-,1 200,1"),
        ("web.log", "503,1"),
        ("iis.log", "-,1 200,1 500,1"),
        ("squid.log", "200,2 304,1"),
        ("messages", "-,1"),
    ];
    for (file, expected) in table {
        assert_eq!(rows("status", file), expected, "{file}");
        assert_eq!(rows("field:status", file), expected, "{file}");
    }
    assert_eq!(rows("field:cs-host", "iis.log"), "shop.example,2 pay.example,1 -,0", "directives are lines");
    assert_eq!(rows("field:cs(User-Agent)", "iis.log"), "curl/8.0,2 -,1");
    assert_eq!(rows("host,field:date", "iis.log"), "WEB1,2024-01-15,2 10.0.0.2,2024-01-15,1 -,-,0");
}
