//! Mapping against reading by size of file: where `MAP_FROM` comes from. Newlines are counted, so that every byte is
//! touched and nothing else is done.

use criterion::{BenchmarkId, Criterion, Throughput};
use logtally::{
    read::{Block, Blocks, open},
    system::Map,
};
use std::path::Path;

const SIZES: [usize; 7] = [4 << 10, 32 << 10, 128 << 10, 512 << 10, 1 << 20, 4 << 20, 64 << 20];

pub fn benches(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let mut group = criterion.benchmark_group("read");
    for size in SIZES {
        let path = folder.path().join(format!("{size}.log"));
        std::fs::write(&path, super::generate::log("json", size, 100)).unwrap();
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_with_input(BenchmarkId::new("mmap", size), &path, |bencher, path| bencher.iter(|| by_map(path)));
        let mut buffer = Vec::new();
        group
            .bench_with_input(BenchmarkId::new("read", size), &path, |bencher, path| bencher.iter(|| by_read(path, &mut buffer)));
    }
    group.finish();
}

fn newlines(text: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', text).count()
}

fn by_map(path: &Path) -> usize {
    let handle = open(path).unwrap();
    let (file, len) = (&handle.file, handle.len());
    let map = Map::new(file, len).unwrap();
    map.populate(0..map.bytes().len());
    newlines(map.bytes())
}

fn by_read(path: &Path, buffer: &mut Vec<u8>) -> usize {
    let handle = open(path).unwrap();
    let (file, len) = (&handle.file, handle.len());
    let mut blocks = Blocks::new(file, len, buffer);
    let mut count = 0;
    while let Some(Block::Lines(text)) = blocks.next_block().unwrap() {
        count += newlines(text);
    }
    count
}
