//! Logs of any size from a seed: the same bytes on every machine.

use std::fmt::Write;

/// The formats that are generated.
pub const FORMATS: [&str; 7] = ["json", "app-bracket", "app-colon", "logfmt", "syslog", "access", "plain"];

/// xorshift64*: small, and good enough to vary a log.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % limit
    }

    /// One of several.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

/// A log of at least `bytes` bytes with so many services.
pub fn log(format: &str, bytes: usize, services: u64) -> Vec<u8> {
    let random = &mut Random::new(7);
    let mut text = String::with_capacity(bytes + 1024);
    let mut millis = 0;
    while text.len() < bytes {
        millis += random.below(50);
        line(&mut text, format, millis, services, random);
    }
    text.into_bytes()
}

fn line(text: &mut String, format: &str, millis: u64, services: u64, random: &mut Random) {
    let (hour, minute, second, milli) = (millis / 3_600_000 % 24, millis / 60_000 % 60, millis / 1000 % 60, millis % 1000);
    let service = format!("{}-{}", random.pick(&["cart", "checkout", "search", "payments", "auth"]), random.below(services));
    let level = random.pick(&["INFO", "INFO", "INFO", "DEBUG", "WARN", "ERROR"]);
    let mut message = String::new();
    for _ in 0..4 + random.below(8) {
        message.push_str(
            random.pick(&["order", "accepted", "after", "retry", "upstream", "slow", "in", "cache", "user", "session", "closed"]),
        );
        message.push(' ');
    }
    let id = random.below(1 << 31);
    let _ = match format {
        "json" => writeln!(
            text,
            "{{\"time\":\"2024-01-15T{hour:02}:{minute:02}:{second:02}.{milli:03}Z\",\"level\":\"{level}\",\"service\":\"{service}\",\"trace\":\"{id:016x}\",\"took_ms\":{},\"msg\":\"{message}\"}}",
            id % 5000
        ),
        "app-bracket" => writeln!(
            text,
            "2024-01-15T{hour:02}:{minute:02}:{second:02}.{milli:03}Z {level:<5} [{service}] {message}id={id:016x}"
        ),
        "app-colon" => writeln!(
            text,
            "2024-01-15 {hour:02}:{minute:02}:{second:02},{milli:03} {level} [worker-{}] org.example.{service}: {message}",
            id % 8
        ),
        "logfmt" => writeln!(
            text,
            "ts=2024-01-15T{hour:02}:{minute:02}:{second:02}.{milli:03}Z level={level} service={service} msg=\"{message}\" id={id:016x}"
        ),
        "syslog" => {
            writeln!(text, "Jan 15 {hour:02}:{minute:02}:{second:02} web-{} {service}[{}]: {message}", id % 20, id % 30_000)
        }
        "access" => writeln!(
            text,
            "10.0.{}.{} - - [15/Jan/2024:{hour:02}:{minute:02}:{second:02} +0000] \"GET /{service}?id={id} HTTP/1.1\" 200 {} \"-\" \"Mozilla/5.0\"",
            id % 256,
            id % 199,
            id % 9000
        ),
        _ => writeln!(text, "{service} {message}{id}"),
    };
}
