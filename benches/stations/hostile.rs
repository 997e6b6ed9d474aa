//! What nobody meant to log: megabytes of what formats are made of, in lines of a hundred bytes, of 4 KiB, and of 1 MiB,
//! to each parser by force and to detection. Nothing may fall with a line's length.

use super::generate::Random;
use criterion::{Criterion, SamplingMode, Throughput};
use logtally::{
    classify::detect,
    parse::{Format, Lookup, LookupMemory, Memory, Rules, declared::shipped, record::Wanted},
    read::head_of,
};

const BYTES: usize = 10 << 20;
const LINES: [(&str, usize); 3] = [("100 B", 100), ("4 KiB", 4096), ("1 MiB", 1 << 20)];

const PIECES: [&str; 18] = [
    "[",
    "{",
    "\"",
    "\\",
    "=",
    " ",
    "7",
    ":",
    "<",
    "a=",
    "{\"a\":",
    "[a] ",
    "a=\"",
    "{\"a\":\"\\\\\",",
    " -- ",
    "] ",
    "2024-01-15 10:00:00 ",
    "2024-01-15 10:00:00 UTC [1] ",
];

fn line(piece: &str, length: usize, random: &mut Random) -> Vec<u8> {
    let mut line = piece.repeat(length.div_ceil(piece.len())).into_bytes();
    // No two are quite alike.
    line[length / 2] = b'a' + random.below(26) as u8;
    line
}

pub fn benches(criterion: &mut Criterion) {
    let formats = Format::ALL.into_iter().chain(shipped().iter().map(Format::Declared)).map(Some).chain([None]);
    let time = Lookup::time();
    let mut group = criterion.benchmark_group("hostile");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Bytes(BYTES as u64));
    for format in formats {
        for (name, length) in LINES {
            for piece in PIECES {
                let mut random = Random::new(3);
                let lines: Vec<Vec<u8>> = (0..BYTES.div_ceil(length)).map(|_| line(piece, length, &mut random)).collect();
                let head: Vec<u8> = lines.iter().take(200).flat_map(|line| [line, &b"\n"[..]].concat()).collect();
                let rules = Rules::new(Wanted::ALL, &[], format);
                let (mut memory, mut times) = (Memory::default(), LookupMemory::default());
                let asked = format.map_or("detected", Format::name);
                group.bench_function(format!("{asked}, lines of {name} of '{}'", piece.escape_debug()), |bencher| {
                    bencher.iter(|| {
                        let dialect = detect(head_of(&head), &rules);
                        let count = |line: &&Vec<u8>| {
                            let found = dialect.parse(line, &rules, &mut memory).is_some();
                            found | time.value(dialect.first(), &dialect, line, &mut times).is_some()
                        };
                        lines.iter().filter(count).count()
                    });
                });
            }
        }
    }
    group.finish();
}
