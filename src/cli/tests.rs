use super::*;
#[test]
fn show() {
    for a in [
        vec!["hangup", "-h"],
        vec!["hangup", "--help"],
        vec!["hangup", "--tokn=SECRET"],
        vec!["hangup", "--bearer=SECRET"],
        vec!["hangup", "--token=SECRET"],
        vec!["hangup", "-tSECRET"],
        vec!["hangup", "--wait=x"],
        vec!["hangup", "--retries=-1"],
        vec!["hangup", "-q", "-v"],
        vec!["hangup", "--resume", "--no-log"],
        vec!["hangup", "--check=SECRET"],
    ] {
        println!("{}", parse_args(a).unwrap_err());
    }
}
