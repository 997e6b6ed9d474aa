//! `sample_logs`: what each of its files holds, by hand. README and benches use the same tree.

use crate::sandbox::Sandbox;
use std::{fs, path::Path};

/// (file, "service records lines" for each service, most records first)
pub const FILES: &[(&str, &[&str])] = &[
    ("access/intranet/access.log.1", &["access 30 30"]),
    ("access/nginx-access-20240115.log", &["nginx-access 46 46"]),
    ("access/vhosts_access.log", &["shop.example 16 16", "api.shop.example 11 11", "www.example.org 7 7"]),
    (
        "app/catalog.log",
        &[
            "c.e.catalog.ProductController 17 17",
            "c.e.catalog.ImageStore 7 7",
            "c.e.catalog.PriceCache 7 7",
            "c.e.catalog.FeedReader 3 12",
            "com.zaxxer.hikari.HikariDataSource 1 1",
            "o.s.b.w.e.tomcat.TomcatWebServer 1 1",
            // The banner stands before the first record.
            "catalog 0 3",
        ],
    ),
    ("app/fulfilment.log", &["picking 13 13", "shipping 12 12", "packing 6 6", "returns desk 3 3"]),
    (
        "app/kafka/server.log.2024-01-15-10",
        &[
            "kafka.coordinator.group.GroupCoordinator 13 13",
            "kafka.controller.KafkaController 9 9",
            "kafka.log.Log 5 5",
            "kafka.server.ReplicaManager 4 4",
            "kafka.server.ReplicaFetcherThread 3 9",
        ],
    ),
    (
        "app/orders.log.2024-01-15",
        &["org.example.shop.OrderService 17 73", "org.example.shop.InvoiceJob 12 12", "org.example.shop.db.Pool 5 5"],
    ),
    ("app/recommender.log", &["recommender.serve 16 16", "recommender.train 10 22", "recommender.store 8 8"]),
    (
        "app/zookeeper.log",
        &[
            "NIOServerCnxnFactory 10 10",
            "FastLeaderElection 6 6",
            "QuorumCnxManager$Listener 6 6",
            "ZooKeeperServer 4 4",
            "QuorumCnxManager$RecvWorker 3 12",
            "QuorumPeerConfig 1 1",
        ],
    ),
    // One error and its trace, of a service that is named inside.
    ("containers/compose/shop.log", &["web-1 3 3", "mailer 2 4", "worker-1 1 1", "worker-2 1 1"]),
    (
        "containers/docker/7c1d2e3f4a5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcdef/7c1d2e3f4a5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcdef-json.log",
        &["7c1d2e3f4a5b 5 7"],
    ),
    // Three pieces of a line and four lines of a panic belong to one record.
    ("containers/pods/shop_pay-0_3d5c7a90-1b2f-4f6e-9a41-c0ffee123456/pay/0.log", &["pay 5 11", "fraud-check 3 3"]),
    ("databases/postgres/postgresql-2024-01-15.log", &["postgresql 7 12"]),
    ("databases/redis/redis-server.log", &["redis-server 8 12"]),
    ("json/checkout.log", &["checkout 34 34"]),
    ("json/checkout.log.1", &["checkout 28 28"]),
    ("json/gateway.ndjson", &["api-gateway 18 18", "edge-cache 6 6"]),
    ("json/mailer.jsonl", &["notifier 26 29"]),
    ("json/mongod.log", &["NETWORK 11 11", "REPL 6 6", "STORAGE 5 5", "COMMAND 2 2"]),
    (
        "json/names.log",
        &[
            "🛒 basket 5 5",
            "C:\\jobs\\import 4 4",
            "Lager \"Nord\" 4 4",
            "a/b 4 4",
            "café-orders 4 4",
            "price,list 4 4",
            "reports v2.1 4 4",
            "42 2 2",
            "tab\there 2 2",
            "Цены 2 2",
            "Bäckerei Süd 1 1",
        ],
    ),
    ("json/reviews/current", &["reviews 22 32"]),
    ("json/shop-20240115.json", &["payments 18 18", "auth 14 14", "search 7 7", "shipping 5 5"]),
    ("json/stock-keeper.json", &["stock_keeper::reserve 9 9", "hyper::proto 6 6", "stock_keeper::count 6 6", "stock_keeper 3 3"]),
    ("klog/kube-scheduler.log", &["scheduler 16 16", "wal_writer 12 12", "leaderelection 3 3", "reflector 3 3", "server 2 5"]),
    (
        "logcat/shop-app-brief.txt",
        &[
            "ActivityManager 6 6",
            "ShopCart 6 6",
            "Choreographer 4 4",
            "OkHttp 4 4",
            "chatty 4 4",
            "PaymentSheet 3 3",
            "AndroidRuntime 2 2",
            "libc 1 1",
        ],
    ),
    (
        "logcat/shop-app-threadtime.txt",
        &[
            "chatty 9 9",
            "Choreographer 7 7",
            "ActivityManager 6 6",
            "OkHttp 4 4",
            "ShopCart 4 4",
            "AndroidRuntime 2 2",
            "PaymentSheet 1 1",
            "libc 1 1",
        ],
    ),
    ("logfmt/pricing-20240115.log", &["Price Engine 14 14", "discounts 8 8", "pricing 8 8", "Tax \"EU\" 2 2"]),
    ("logfmt/search.log", &["search 34 34"]),
    ("mixed/storefront.log", &["nginx 19 19", "storefront 19 19", "org.example.front.Renderer 18 26", "haproxy 4 4"]),
    ("odd/.audit.log", &["auditd 20 20"]),
    ("odd/Bücher suche.log", &["Bücher suche 24 24"]),
    ("odd/empty.log", &[]),
    ("odd/export-20240115.json", &["back office 20 20"]),
    ("odd/no-newline.log", &["gift-cards 22 22"]),
    ("odd/price list, final.log", &["price list, final 24 24"]),
    ("odd/windows-till.log", &["Till.Receipt 17 17", "Till.Drawer 7 7", "Till.Card 4 12"]),
    ("plain/cron-report.txt", &["cron-report 42 54"]),
    ("plain/price-import/current", &["price-import 32 32"]),
    ("pods/shop_cart-0_6f1d2a34-77b0-4e0a-8c1b-92a4cbb1d0fe/app/0.log", &["app 26 26"]),
    ("pods/shop_cart-0_6f1d2a34-77b0-4e0a-8c1b-92a4cbb1d0fe/app/0.log.20240115-103000.gz", &["app 26 26"]),
    ("json/checkout.log.2.gz", &["checkout 40 40"]),
    ("pods/shop_checkout-7d9f8b6c5-x2x7q_0b2f6c1e-8a4d-4c57-9e21-5d3c7f90ab12/checkout/0.log", &["checkout 26 26"]),
    ("pods/shop_checkout-7d9f8b6c5-x2x7q_0b2f6c1e-8a4d-4c57-9e21-5d3c7f90ab12/istio-proxy/1.log", &["istio-proxy 26 26"]),
    ("proxies/haproxy/requests.log", &["checkout 5 5", "static 2 2", "search 1 1"]),
    // Five directives, one of them amid the records.
    ("proxies/iis/u_ex240115.log", &["W3SVC1 3 3", "W3SVC2 2 3", "u_ex240115 1 5"]),
    ("proxies/nginx/error.log", &["error 6 6"]),
    ("syslog/auth-iso.log", &["systemd-logind 11 11", "cart 7 7", "sshd 7 7", "sudo 1 1"]),
    (
        "syslog/messages",
        &[
            "sshd(pam_unix) 9 9",
            "dhclient 5 5",
            "systemd 5 5",
            "kernel 4 4",
            "postfix/smtpd 4 4",
            "sshd 4 4",
            "CRON 3 3",
            "rsyslogd 1 1",
            "syslogd 1 1",
        ],
    ),
    ("syslog/relay.log.1", &["haproxy 8 8", "ntpd 6 6", "su 6 6", "postfix/qmgr 5 5", "kernel 4 4", "checkout 1 1"]),
    ("syslog/rfc5424.log", &["payments 8 8", "search 6 6", "checkout 5 5", "rfc5424 5 5", "inventory-sync 4 4"]),
    (
        "syslog/till-mac.log",
        &["Shop Till 8 8", "Microsoft Teams Helper 6 6", "Google Chrome 5 5", "com.apple.xpc.launchd 5 8", "WindowServer 4 4"],
    ),
];

/// What was cut short, and what is whole before the cut.
pub const DAMAGED: (&str, &str) = ("broken/returns.log.gz", "returns 43 43");

pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/sample_logs"))
}

#[test]
fn every_sample_is_counted_as_its_maker_meant_it() {
    let sandbox = Sandbox::new();
    for (file, expected) in FILES {
        let out = sandbox.run(&["--columns", "records,lines", root().join(file).to_str().unwrap()]).complete();
        let mut reader = csv::Reader::from_reader(out.as_bytes());
        let rows: Vec<String> = reader.records().map(|row| row.unwrap().iter().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(rows, *expected, "{file}");
    }
}

#[test]
fn the_table_above_names_every_sample() {
    let mut found = Vec::new();
    let mut folders = vec![root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let mut named: Vec<String> = FILES.iter().map(|(file, _)| *file).chain([DAMAGED.0]).map(str::to_owned).collect();
    found.sort();
    named.sort();
    assert_eq!(found, named);
}

#[test]
fn the_damaged_sample_is_named_and_all_lines_counted() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["--columns", "records,lines", root().to_str().unwrap()]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains(DAMAGED.0) && ran.err.contains("cut short at byte 963: the 43 lines before"), "{}", ran.err);
    assert_eq!(ran.err.lines().count(), 2, "{}", ran.err);
    let expected: u64 = FILES
        .iter()
        .flat_map(|(_, rows)| *rows)
        .chain([&DAMAGED.1])
        .map(|row| row.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
        .sum();
    let lines: u64 =
        csv::Reader::from_reader(ran.out.as_bytes()).records().map(|row| row.unwrap()[2].parse::<u64>().unwrap()).sum();
    assert_eq!(lines, expected);
}
