//! A config file: it is taken, or refused with a message that is safe to show.
#![no_main]

use std::path::Path;

use hangup::internals::{Config, parse_config as parse};
use hangup::internals::CommandError;
use libfuzzer_sys::fuzz_target;

fn read(bytes: &[u8]) -> Result<Config, CommandError> {
    parse(Path::new("/etc/hangup/config.toml"), bytes, Some(Path::new("/home/ada")))
}

fn is_safe(message: &str) -> bool {
    !message.contains(|c: char| c.is_control() && c != '\n') && message.len() < 8192
}

fuzz_target!(|bytes: &[u8]| {
    for profile in [None, Some("prod".to_owned())] {
        match read(bytes).and_then(|config| config.choose(profile)) {
            Ok(chosen) => assert!(chosen.token_error.as_deref().is_none_or(is_safe), "{:?}", chosen.token_error),
            Err(refusal) => assert!(is_safe(&refusal.message), "{:?}", refusal.message),
        }
    }
});
