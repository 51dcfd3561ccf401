//! A record of notifications: wherever the chunks end in which it is read, it says the same.
#![no_main]

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hangup::internals::{FileReport, ActiveCalls, ActiveCallReport};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

/// Gives a few bytes at a time, how many is anybody's guess; and is interrupted now and then.
struct Drip<'a> {
    rest: &'a [u8],
    dice: u32,
}

impl Read for Drip<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 17;
        self.dice ^= self.dice << 5;
        if self.dice.is_multiple_of(16) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let part = (self.dice >> 8) as usize % 9 + 1;
        let part = part.min(into.len()).min(self.rest.len());
        let (given, rest) = self.rest.split_at(part);
        into[..part].copy_from_slice(given);
        self.rest = rest;
        Ok(part)
    }
}

fn read(input: impl Read) -> Result<(FileReport, ActiveCallReport), io::ErrorKind> {
    let mut fold = ActiveCalls::new(None);
    let report = fold.read(input, &Arc::from("record"), &AtomicBool::new(false)).map_err(|e| e.kind())?;
    Ok((report, fold.finish(None, None, Timestamp::UNIX_EPOCH)))
}

fuzz_target!(|bytes: &[u8]| {
    let (dice, record) = bytes.split_at(bytes.len().min(2));
    let dice = dice.iter().fold(0x9e37_79b9_u32, |dice, byte| dice << 8 ^ u32::from(*byte) | 1);
    let whole = read(record);
    let in_parts = read(Drip { rest: record, dice });
    assert_eq!(whole, in_parts);
    if let Ok((report, found)) = whole {
        assert!(found.active.len() as u64 + found.ended <= report.notifications);
        assert!(found.invalid.iter().all(|bad| !bad.text.contains(char::is_control)));
    }
});
