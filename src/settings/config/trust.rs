//! Decides whether a config file can be trusted: who owns it, who may write it, who may read its secrets.

#[cfg(unix)]
pub use unix::{check_owner, check_secrets};

#[cfg(not(unix))]
pub fn check_owner(_: &str, _: &std::fs::Metadata) -> Result<(), String> {
    Ok(())
}

#[cfg(not(unix))]
pub fn check_secrets(_: &str, _: &std::fs::Metadata) -> Result<Option<String>, String> {
    Ok(None)
}

#[cfg(unix)]
mod unix {
    use std::fs::Metadata;
    use std::os::unix::fs::MetadataExt;

    use crate::settings::files::quoted;

    /// Refuses a file that somebody else controls: a `token_command` in it would run as the current user.
    ///
    /// # Errors
    /// Says who controls it, and the command that fixes it.
    pub fn check_owner(file: &str, metadata: &Metadata) -> Result<(), String> {
        let user = rustix::process::geteuid().as_raw();
        let is_private = |gid| is_private_group(user, gid, &Accounts::read());
        judge_owner(file, user, metadata.uid(), metadata.gid(), metadata.mode(), is_private)
    }

    /// Refuses a file with a literal secret that everybody may read; warns if its group may.
    ///
    /// # Errors
    /// Says so, and the command that fixes it.
    pub fn check_secrets(file: &str, metadata: &Metadata) -> Result<Option<String>, String> {
        judge_secrets(file, metadata.mode())
    }

    pub(super) fn judge_owner(
        file: &str,
        user: u32,
        owner: u32,
        group: u32,
        mode: u32,
        is_private: impl Fn(u32) -> bool,
    ) -> Result<(), String> {
        let path = quoted(file);
        if owner != 0 && owner != user {
            return Err(format!(
                "{file} is owned by another user (uid {owner}), who could change it; to fix it: sudo chown {user} {path}"
            ));
        }
        if mode & 0o002 != 0 {
            return Err(format!("other users may write {file}; to fix it: chmod o-w {path}"));
        }
        if mode & 0o020 != 0 && !is_private(group) {
            return Err(format!(
                "the group of {file} (gid {group}) may write it; to fix it: chmod g-w {path}"
            ));
        }
        Ok(())
    }

    pub(super) fn judge_secrets(file: &str, mode: u32) -> Result<Option<String>, String> {
        let fix = format!("to fix it: chmod 600 {}", quoted(file));
        match (mode & 0o004, mode & 0o040) {
            (0, 0) => Ok(None),
            (0, _) => Ok(Some(format!("{file} contains a secret, and its group may read it; {fix}"))),
            _ => Err(format!("{file} contains a secret, and other users may read it; {fix}")),
        }
    }

    /// The user and group databases, as far as the files have them.
    #[derive(Default)]
    pub(super) struct Accounts {
        pub passwd: String,
        pub group: String,
    }

    impl Accounts {
        fn read() -> Self {
            let read = |path| std::fs::read_to_string(path).unwrap_or_default();
            Self { passwd: read("/etc/passwd"), group: read("/etc/group") }
        }
    }

    /// Whether a group has no member but the user, as with user private groups.
    ///
    /// An account that the files do not list may come from a directory service, whose groups can have members
    /// that are not known here: only a group with the user's own number counts as private then.
    pub(super) fn is_private_group(user: u32, group: u32, accounts: &Accounts) -> bool {
        let field = |line: &str, n: usize| line.split(':').nth(n).unwrap_or_default().to_owned();
        let (uid, gid) = (user.to_string(), group.to_string());
        let users_of_group = || accounts.passwd.lines().filter(|line| field(line, 3) == gid);
        let name = accounts.passwd.lines().find(|line| field(line, 2) == uid).map(|line| field(line, 0));
        let Some(entry) = accounts.group.lines().find(|line| field(line, 2) == gid) else {
            return uid == gid && users_of_group().all(|line| field(line, 2) == uid);
        };
        let members = field(entry, 3);
        let mut members = members.split(',').filter(|member| !member.is_empty());
        let is_own = uid == gid || users_of_group().any(|line| field(line, 2) == uid);
        is_own
            && users_of_group().all(|line| field(line, 2) == uid)
            && members.all(|member| Some(member) == name.as_deref())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn owner_and_writers_decide_about_trust() {
            let judge = |owner, mode, private| judge_owner("/c.toml", 1000, owner, 5, mode, |_| private);
            for (owner, mode, private) in [
                (1000, 0o644, false),
                (0, 0o644, false),
                (0, 0o444, false),
                (1000, 0o664, true),
                (1000, 0o400, false),
            ] {
                assert_eq!(judge(owner, mode, private), Ok(()), "{owner} {mode:o}");
            }
            for (owner, mode, private, fix) in [
                (1001, 0o600, true, "chown 1000 /c.toml"),
                (1000, 0o602, true, "chmod o-w /c.toml"),
                (0, 0o666, true, "chmod o-w /c.toml"),
                (1000, 0o664, false, "chmod g-w /c.toml"),
            ] {
                let message = judge(owner, mode, private).unwrap_err();
                assert!(message.ends_with(fix), "{message}");
            }
        }

        #[test]
        fn secrets_need_a_private_file() {
            for mode in [0o600, 0o400, 0o700] {
                assert_eq!(judge_secrets("c", mode), Ok(None));
            }
            assert!(judge_secrets("c", 0o640).unwrap().unwrap().contains("chmod 600 c"));
            for mode in [0o644, 0o604, 0o444] {
                assert!(judge_secrets("c", mode).unwrap_err().contains("chmod 600 c"));
            }
        }

        #[test]
        fn private_groups_have_no_other_member() {
            let passwd = "root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/:/bin/sh\nbob:x:1001:50::/:/bin/sh";
            let accounts = |group: &str| Accounts { passwd: passwd.into(), group: group.into() };
            let is_private = |gid, group: &str| is_private_group(1000, gid, &accounts(group));
            assert!(is_private(1000, "ada:x:1000:"));
            assert!(is_private(1000, "ada:x:1000:ada"));
            assert!(is_private(1000, ""));
            assert!(!is_private(1000, "ada:x:1000:bob"));
            assert!(!is_private(50, "staff:x:50:"));
            assert!(!is_private(50, ""));
            assert!(!is_private(60, "adm:x:60:ada"));
            assert!(is_private_group(7, 7, &Accounts::default()));
        }
    }
}
