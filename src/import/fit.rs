//! Named values become the fields of a connection: the app's kind of authentication that takes most of them and lacks nothing.

use std::collections::BTreeMap;

use serde_json::Value;

use super::app::{Known, KnownScheme};
use super::tray::{Label, Tray};
use super::value::foreign;
use super::word::field_of;
use crate::model::scheme::Scheme;
use crate::vault::draft::Given;

/// A value with the word that says what it is.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) label: Label,
    pub(super) word: String,
    pub(super) value: Value,
}

/// The fields of a connection, and its kind.
#[derive(Debug)]
pub(super) struct Fitted {
    pub(super) scheme: Scheme,
    pub(super) fields: BTreeMap<String, Given>,
}

/// Where a piece goes in one kind of authentication.
enum Seat<'k> {
    Field(&'k str),
    /// An earlier piece, by its place, has that field.
    Taken(&'k str, usize),
    None,
}

/// One kind of authentication, tried.
struct Trial<'a, 'k> {
    known: &'a KnownScheme<'k>,
    seats: Vec<Seat<'k>>,
    lacks: Option<String>,
    /// How many pieces it takes, and how many of them by the field's own name.
    taken: (usize, usize),
}

/// Fits the pieces into a kind of authentication that the app offers: the `wanted` one, or the one that suits them best. Whatever is
/// not part of the result is left out.
pub(super) fn fit(app: &Known<'_>, wanted: Option<Scheme>, pieces: Vec<Piece>, tray: &mut Tray<'_>) -> Option<Fitted> {
    let offered = app.schemes.iter().filter(|known| wanted.is_none_or(|wanted| wanted == known.scheme));
    let mut best: Option<Trial<'_, '_>> = None;
    for trial in offered.map(|known| attempt(known, &pieces)) {
        // The first of several that suit equally well is the one that the recipe puts first.
        if best.as_ref().is_none_or(|best| trial.rank() > best.rank()) {
            best = Some(trial);
        }
    }
    let Some(trial) = best else {
        let reason = format!("is of a type that `{}` does not offer", app.name);
        leave_all(pieces.into_iter().map(|piece| piece.label), &reason, tray);
        return None;
    };
    seat(app, trial, pieces, tray)
}

impl Trial<'_, '_> {
    fn rank(&self) -> (bool, (usize, usize)) {
        (self.lacks.is_none(), self.taken)
    }
}

fn attempt<'a, 'k>(known: &'a KnownScheme<'k>, pieces: &[Piece]) -> Trial<'a, 'k> {
    let mut seats: Vec<Seat<'k>> = pieces.iter().map(|_| Seat::None).collect();
    let mut by: BTreeMap<&str, usize> = BTreeMap::new();
    let mut taken = (0, 0);
    // A field's own name goes before other words for it.
    for own in [true, false] {
        for (at, piece) in pieces.iter().enumerate() {
            let Some((name, _)) = field_of(known, &piece.word).filter(|(_, exact)| *exact == own) else { continue };
            seats[at] = match by.get(name) {
                Some(first) => Seat::Taken(name, *first),
                None => Seat::Field(name),
            };
            if by.insert(name, by.get(name).copied().unwrap_or(at)).is_none() {
                taken = (taken.0 + 1, taken.1 + usize::from(own));
            }
        }
    }
    Trial { known, seats, lacks: known.lack(&|name| by.contains_key(name)), taken }
}

fn seat(app: &Known<'_>, trial: Trial<'_, '_>, pieces: Vec<Piece>, tray: &mut Tray<'_>) -> Option<Fitted> {
    let Trial { known, seats, .. } = trial;
    let scheme = known.scheme;
    let labels: Vec<Label> = pieces.iter().map(|piece| piece.label.clone()).collect();
    let mut fields = BTreeMap::new();
    let mut used = Vec::new();
    for (piece, seat) in pieces.into_iter().zip(seats) {
        let why = match seat {
            Seat::None => unknown(app, scheme, &piece.word),
            Seat::Taken(name, first) => {
                let by = &labels[first];
                let by = by.part.as_ref().unwrap_or(&by.what);
                format!("is a second value for `{name}`, which {by} states; take one of the two out")
            }
            Seat::Field(name) => match foreign(name, known.secrecy(name).unwrap_or(true), piece.value) {
                Ok(given) => {
                    fields.insert(name.to_owned(), given);
                    used.push(piece.label);
                    continue;
                }
                Err(why) => why.to_owned(),
            },
        };
        tray.leave(&piece.label, why);
    }
    let Some(lacks) = known.lack(&|name| fields.contains_key(name)) else { return Some(Fitted { scheme, fields }) };
    // A part that was left out for its own sake has its connection named here too.
    let used = if used.is_empty() { labels.into_iter().filter(|label| label.part.is_some()).collect() } else { used };
    let why = format!(
        "makes no connection of `{}` (type {scheme}): {lacks} is missing; add it, or use `tugtest connections add`",
        app.name
    );
    leave_all(used, &why, tray);
    None
}

/// Leaves whole variables or connections out, each of them once.
fn leave_all(labels: impl IntoIterator<Item = Label>, why: &str, tray: &mut Tray<'_>) {
    let mut left: Vec<Label> = Vec::new();
    for label in labels {
        if !left.iter().any(|other| other.what == label.what && other.line == label.line) {
            tray.leave(&Label { part: None, ..label.clone() }, why);
            left.push(label);
        }
    }
}

fn unknown(app: &Known<'_>, scheme: Scheme, word: &str) -> String {
    if matches!(word, "KEY_FILE" | "PRIVATE_KEY_FILE") && scheme == Scheme::Ftp {
        return "names a file on another machine; state the key's file here: private_key: {file: PATH}".to_owned();
    }
    format!("is no field of a connection of `{}` (type {scheme}); if it matters, add it by hand", app.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{Imported, samples};

    /// The type and the fields that come of these words, and the words that are left.
    fn fitted(app: &str, wanted: Option<Scheme>, words: &[&str]) -> (Option<(Scheme, Vec<String>)>, Vec<String>) {
        let apps = samples::apps();
        let mut tray = Tray::new(&apps, None);
        let piece = |word: &&str| Piece { label: Label::of(*word, None), word: (*word).to_owned(), value: "1".into() };
        let app = tray.known(app).unwrap();
        let fitted = fit(app, wanted, words.iter().map(piece).collect(), &mut tray);
        let left = Imported::from(tray).left_out.into_iter().map(|left| left.what).collect();
        (fitted.map(|fitted| (fitted.scheme, fitted.fields.into_keys().collect())), left)
    }

    #[test]
    fn the_kind_is_the_one_that_takes_the_fields() {
        for (app, words, scheme, fields) in [
            ("klaviyo", &["API_KEY"][..], Scheme::ApiKey, &["api_key"][..]),
            ("klaviyo", &["TOKEN"], Scheme::ApiKey, &["api_key"]),
            ("http", &["URL", "USER", "PASS"], Scheme::KeySecret, &["base_url", "key", "secret"]),
            ("http", &["HOST", "USER", "PASS"], Scheme::DomainLogin, &["domain", "password", "username"]),
            ("http", &["BASE_URL", "PLACE_HOLDER", "KEY", "SECRET"], Scheme::KeySecret, &["base_url", "key", "secret"]),
            ("ftp", &["SERVER", "LOGIN", "PASSWORD", "PORT"], Scheme::Ftp, &["host", "password", "port", "username"]),
            ("shopify", &["STORE", "TOKEN"], Scheme::ShopifyCustomApp, &["access_token", "shop"]),
            (
                "shopify",
                &["SHOP", "API_KEY", "API_SECRET"],
                Scheme::ShopifyCustomApp,
                &["client_id", "client_secret", "shop"],
            ),
            (
                "woocommerce",
                &["URL", "CONSUMER_KEY", "CONSUMER_SECRET"],
                Scheme::KeySecret,
                &["base_url", "key", "secret"],
            ),
            (
                "regional",
                &["REGION", "CLIENT_ID", "CLIENT_SECRET"],
                Scheme::Oauth2,
                &["client_id", "client_secret", "region"],
            ),
            ("regional", &["REGION", "TOKEN"], Scheme::ApiKey, &["api_key", "region"]),
        ] {
            let (found, left) = fitted(app, None, words);
            let expected = fields.iter().map(|&field| field.to_owned()).collect();
            assert_eq!(found, Some((scheme, expected)), "{app} {words:?}");
            assert_eq!(left.is_empty(), !words.contains(&"PLACE_HOLDER"), "{left:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        for (app, wanted, words, fits, left) in [
            ("klaviyo", None, &["API_KEY", "LIST_ID"][..], true, &["LIST_ID"][..]),
            ("klaviyo", None, &["TOKEN", "API_KEY"], true, &["TOKEN"]),
            ("klaviyo", None, &["API_KEY", "URL"], true, &["URL"]),
            ("klaviyo", None, &["API_KEY", "BASE_URL"], true, &[]),
            ("klaviyo", None, &["LIST_ID", "URL"], false, &["LIST_ID", "URL"]),
            ("klaviyo", Some(Scheme::Ftp), &["API_KEY", "LIST_ID"], false, &["API_KEY", "LIST_ID"]),
            ("http", None, &["API_KEY", "URL"], false, &["API_KEY", "URL"]),
            ("ftp", None, &["HOST", "USER"], false, &["HOST", "USER"]),
            ("woocommerce", None, &["KEY", "SECRET"], false, &["KEY", "SECRET"]),
        ] {
            let (found, whats) = fitted(app, wanted, words);
            assert_eq!(found.is_some(), fits, "{app} {words:?}");
            assert_eq!(whats, left, "{app} {words:?}");
        }
    }
}
