//! The `hangup` binary: parse, call the library, return its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    hangup::main(std::env::args_os()).into()
}
