//! The walk through the file: every key is known, every value is read, every error has its place.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::keys::{self, Raw, Value, set};
use super::section::{Located, Section, Source, TokenKeys};
use super::source_text::Origin;
use super::toml_values::{self as read, Read};
use crate::settings::{CommandError, Proof, headers};
use crate::text;

/// All sections of a file.
pub type Sections = (Section, BTreeMap<String, Section>);

/// Reads all sections of a file.
///
/// # Errors
/// All that is wrong, a line each, with file, line and key.
pub fn sections(origin: &Origin<'_>) -> Result<Sections, CommandError> {
    let document = DeTable::parse(origin.text).map_err(|error| origin.syntax(&error))?;
    let mut walk = Walk { origin, prefix: String::new(), errors: Vec::new() };
    let mut profiles = BTreeMap::new();
    let mut top = Section::default();
    for (key, value) in document.get_ref() {
        if key.get_ref() == "profile" {
            walk.profiles(key.span().start, value.get_ref(), &mut profiles);
        } else {
            walk.entry(&mut top, key, value);
        }
    }
    walk.end(top, profiles)
}

struct Walk<'a> {
    origin: &'a Origin<'a>,
    /// `profile.NAME.` within a profile.
    prefix: String,
    errors: Vec<(usize, String)>,
}

impl Walk<'_> {
    fn end(mut self, top: Section, profiles: BTreeMap<String, Section>) -> Result<Sections, CommandError> {
        if self.errors.is_empty() {
            return Ok((top, profiles));
        }
        self.errors.sort();
        let lines: Vec<String> = self.errors.into_iter().map(|(_, message)| message).collect();
        Err(CommandError::usage(lines.join("\n")))
    }

    fn at(&self, offset: usize, key: &str) -> String {
        let key = text::clean(key, 60);
        format!("{}:{}: {}{key}", self.origin.name, self.origin.line(offset), self.prefix)
    }

    fn note(&mut self, offset: usize, key: &str, read: Read<()>) {
        if let Err(why) = read {
            self.errors.push((offset, format!("{}: {why}", self.at(offset, key))));
        }
    }

    fn profiles(&mut self, offset: usize, value: &DeValue<'_>, profiles: &mut BTreeMap<String, Section>) {
        let Ok(table) = read::table(value) else {
            return self.note(offset, "profile", Err("must be a section [profile.NAME]".to_owned()));
        };
        for (name, value) in table {
            let mut section = Section::default();
            match read::table(value.get_ref()) {
                Ok(entries) => {
                    self.prefix = format!("profile.{}.", text::clean(name.get_ref(), 60));
                    entries.iter().for_each(|(key, value)| self.entry(&mut section, key, value));
                    self.prefix.clear();
                }
                Err(why) => self.note(name.span().start, &format!("profile.{}", name.get_ref()), Err(why)),
            }
            profiles.insert(name.get_ref().to_string(), section);
        }
    }

    fn entry(&mut self, section: &mut Section, key: &Spanned<DeString<'_>>, value: &Spanned<DeValue<'_>>) {
        let (offset, key, value) = (key.span().start, key.get_ref().as_ref(), value.get_ref());
        if key == "headers" {
            return self.headers(section, offset, value);
        }
        let at = self.at(offset, key);
        if let Some(read) = self.token(&mut section.token, key, value, &at) {
            section.token.wrong.extend(read.err().map(|why| format!("{at}: {why}")));
            return;
        }
        let read = self.option(section, key, value, &at);
        self.note(offset, key, read.unwrap_or_else(|| Err(unknown(key))));
    }

    fn headers(&mut self, section: &mut Section, offset: usize, value: &DeValue<'_>) {
        let table = match read::table(value) {
            Ok(table) => table,
            Err(why) => return self.note(offset, "headers", Err(why)),
        };
        for (name, value) in table {
            let header =
                read::string(value.get_ref()).and_then(|text| headers::parse(name.get_ref(), text.trim()));
            let read = header.map(|header| section.headers.push(header));
            self.note(name.span().start, &format!("headers.{}", name.get_ref()), read);
        }
    }

    /// All but the token's keys; `None` if it is none of them.
    fn option(&self, section: &mut Section, key: &str, value: &DeValue<'_>, at: &str) -> Option<Read<()>> {
        let (_, parse) = keys::OPTIONS.iter().find(|(name, _)| *name == key)?;
        Some(parse(section, &Value { raw: Raw::Toml(value), at, resolve: &|path| self.origin.path(path) }))
    }

    /// The token's keys; `None` where it is none of them.
    fn token(&self, keys: &mut TokenKeys, key: &str, value: &DeValue<'_>, at: &str) -> Option<Read<()>> {
        let text = || read::string(value);
        let path = || Value { raw: Raw::Toml(value), at, resolve: &|path| self.origin.path(path) }.path();
        let source = match key {
            "tenant_id" => {
                return Some(set(&mut keys.tenant_id, text().map(|id| located(id.to_owned(), at))));
            }
            "client_id" => {
                return Some(set(&mut keys.client_id, text().map(|id| located(id.to_owned(), at))));
            }
            "token" => text().map(|token| Source::Token(token.into())),
            "token_file" => path().map(Source::TokenFile),
            "token_command" => read::argv(value).and_then(|argv| self.command(argv)),
            "client_secret" => text().map(|secret| Source::Proof(Proof::Secret(secret.into()))),
            "client_secret_file" => path().map(|path| Source::Proof(Proof::SecretFile(path))),
            "client_certificate" => path().map(|path| Source::Proof(Proof::Certificate(path))),
            "federated_token_file" => path().map(|path| Source::Proof(Proof::FederatedTokenFile(path))),
            "managed_identity" => match read::boolean(value) {
                Ok(true) => Ok(Source::Proof(Proof::ManagedIdentity)),
                other => return Some(other.map(drop)),
            },
            _ => return None,
        };
        Some(source.map(|source| keys.sources.push(located(source, at))))
    }

    /// A program that is named by a path is found as every other file is; a bare name is left to `PATH`.
    fn command(&self, mut argv: Vec<String>) -> Read<Source> {
        if argv[0].contains('/') {
            let path = self.origin.path(&argv[0])?;
            argv[0] = path.into_os_string().into_string().map_err(|_| "the program's path is not UTF-8")?;
        }
        Ok(Source::TokenCommand(argv))
    }
}

fn located<T>(value: T, at: &str) -> Located<T> {
    Located { value, at: at.to_owned() }
}

fn unknown(key: &str) -> String {
    match text::nearest(key, keys::all()) {
        Some(near) => format!("there is no such key; did you mean `{near}`?"),
        None => "there is no such key".to_owned(),
    }
}
