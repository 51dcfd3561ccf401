//! A notification log gives the same result wherever its chunks end, with and without the prefilter.
#![no_main]

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hangup::internals::{FileReport, ActiveCalls, ActiveCallReport};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

/// Gives a few bytes at a time, a pseudo-random number of them, with interruptions.
struct Drip<'a> {
    rest: &'a [u8],
    seed: u32,
}

impl Read for Drip<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 17;
        self.seed ^= self.seed << 5;
        if self.seed.is_multiple_of(16) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let part = (self.seed >> 8) as usize % 9 + 1;
        let part = part.min(into.len()).min(self.rest.len());
        let (given, rest) = self.rest.split_at(part);
        into[..part].copy_from_slice(given);
        self.rest = rest;
        Ok(part)
    }
}

fn read_every_line(record: &[u8]) -> Result<(FileReport, ActiveCallReport), io::ErrorKind> {
    let mut calls = ActiveCalls::new(None);
    let stop = AtomicBool::new(false);
    let report = calls.read_every_line(record, &Arc::from("record"), &stop).map_err(|e| e.kind())?;
    Ok((report, calls.finish(None, None, Timestamp::UNIX_EPOCH)))
}

fn read(input: impl Read) -> Result<(FileReport, ActiveCallReport), io::ErrorKind> {
    let mut calls = ActiveCalls::new(None);
    let report = calls.read(input, &Arc::from("record"), &AtomicBool::new(false)).map_err(|e| e.kind())?;
    Ok((report, calls.finish(None, None, Timestamp::UNIX_EPOCH)))
}

fuzz_target!(|bytes: &[u8]| {
    let (seed, record) = bytes.split_at(bytes.len().min(2));
    let seed = seed.iter().fold(0x9e37_79b9_u32, |seed, byte| seed << 8 ^ u32::from(*byte) | 1);
    let whole = read(record);
    let in_parts = read(Drip { rest: record, seed });
    assert_eq!(whole, in_parts);
    assert_eq!(whole, read_every_line(record));
    if let Ok((report, found)) = whole {
        assert!(found.active.len() as u64 + found.ended <= report.notifications);
        assert!(found.invalid.iter().all(|bad| !bad.text.contains(char::is_control)));
    }
});
