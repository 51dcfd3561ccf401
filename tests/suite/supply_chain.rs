//! What is in the tree: the rules of `deny.toml` that can be checked with cargo alone and without a network.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde_json::Value;

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn read(name: &str) -> toml::Table {
    let path = format!("{}/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(path).unwrap().parse().unwrap()
}

/// The locked packages: name and source, a pair for each version.
fn locked() -> Vec<(String, Option<String>)> {
    let lock = read("Cargo.lock");
    let text = |package: &toml::Value, key: &str| Some(package.get(key)?.as_str()?.to_owned());
    let packages = lock["package"].as_array().unwrap().iter();
    packages.map(|package| (text(package, "name").unwrap(), text(package, "source"))).collect()
}

fn texts(list: &toml::Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn what_must_be_there_once_or_not_at_all_is() {
    let (deny, locked) = (read("deny.toml"), locked());
    for ban in deny["bans"]["deny"].as_array().unwrap() {
        let name = ban["crate"].as_str().unwrap();
        let most = usize::from(ban.get("deny-multiple-versions").is_some());
        assert_eq!(locked.iter().filter(|(known, _)| known == name).count(), most, "versions of {name}");
    }
}

#[test]
fn all_crates_come_from_crates_io() {
    for (name, source) in locked() {
        assert_eq!(source.as_deref(), (name != "hangup").then_some(CRATES_IO), "{name}");
    }
}

/// Licences of the crates that are built on this platform, which are the ones that are here.
fn licences() -> BTreeMap<String, String> {
    let host = Command::new("rustc").args(["--print", "host-tuple"]).output().unwrap();
    let host = String::from_utf8(host.stdout).unwrap();
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let args =
        ["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", host.trim()];
    let done = Command::new(cargo).args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let metadata: Value = serde_json::from_slice(&done.stdout).expect("cargo metadata");
    let text = |package: &Value, key: &str| package[key].as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages.map(|package| (text(package, "name"), text(package, "license"))).collect()
}

/// Whether an SPDX expression can be met with `allowed`; brackets are the same as `AND` in the ones there are.
fn is_met(expression: &str, allowed: &[&str]) -> bool {
    let expression = expression.replace(['(', ')'], "").replace(" / ", " OR ").replace('/', " OR ");
    let met = |part: &str| part.split(" OR ").any(|licence| allowed.contains(&licence.trim()));
    expression.split(" AND ").all(met)
}

#[test]
fn all_licences_are_allowed() {
    let deny = read("deny.toml");
    let allowed = texts(&deny["licenses"]["allow"]);
    let exceptions = deny["licenses"]["exceptions"].as_array().unwrap();
    let exceptions: BTreeMap<_, _> =
        exceptions.iter().map(|one| (one["crate"].as_str().unwrap(), texts(&one["allow"]))).collect();
    for (name, licence) in licences() {
        let also = exceptions.get(name.as_str()).cloned().unwrap_or_default();
        assert!(is_met(&licence, &[allowed.clone(), also].concat()), "{name}: {licence:?}");
    }
}

#[test]
fn expressions_are_understood() {
    for (expression, met) in
        [("MIT", true), ("GPL-3.0 OR MIT", true), ("(MIT OR X) AND ISC", false), ("", false)]
    {
        assert_eq!(is_met(expression, &["MIT"]), met, "{expression}");
    }
}
