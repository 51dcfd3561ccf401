//! The filters of `docs/json.md`, run as they stand there.

use std::process::Command;

use crate::support::hangup;

fn commands() -> Vec<&'static str> {
    let page = include_str!("../../docs/json.md");
    page.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap().trim()).collect()
}

#[test]
fn filters_print_what_they_promise() {
    if Command::new("jq").arg("--version").output().is_err() {
        return;
    }
    let expected = ["gone-1\tnot-found\t8522\n", "1\n", "denied-1\n", "{\"id\":\"denied-1\",", "", "0\n"];
    let commands = commands();
    assert_eq!(commands.len(), expected.len(), "{commands:?}");
    for (command, expected) in commands.into_iter().zip(expected) {
        let home = hangup();
        let line = command.replacen("hangup", env!("CARGO_BIN_EXE_hangup"), 1);
        let mut shell = Command::new("sh");
        let environment = home.command();
        let variables = environment.get_envs().filter_map(|(name, value)| Some((name, value?)));
        shell.arg("-c").arg(line).env_clear().envs(variables);
        let output = shell.output().unwrap();
        let (shown, said) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(output.status.success() && !shown.is_empty(), "{command}: {said}");
        assert!(shown.contains(expected), "{command}: {shown}");
    }
}
