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
