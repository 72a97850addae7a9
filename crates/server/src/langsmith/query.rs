//! Query strings: lists are repeated keys, flags come as `True`, `true` or `1` (`langsmith-api.md` §2.1).

use axum::{extract::FromRequestParts, http::request::Parts};

use super::error::{Answer, Failure};

/// Keys and values in the order in which they were sent.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(
            form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect(),
        ))
    }
}

impl Query {
    /// The last value of a key; an empty one is absent.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty() && *value != "None" && *value != "null")
    }

    /// All values of a key.
    pub(crate) fn all(&self, key: &str) -> Vec<String> {
        let values = self.0.iter().filter(|(name, value)| name == key && !value.is_empty());
        values.map(|(_, value)| value.clone()).collect()
    }

    /// All values of a key, read.
    pub(crate) fn parsed<T: std::str::FromStr>(&self, key: &str) -> Answer<Vec<T>> {
        self.all(key)
            .iter()
            .map(|value| {
                value.trim().parse().map_err(|_| Failure::invalid(format!("{key} cannot be read: {value}")))
            })
            .collect()
    }

    /// A flag.
    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        self.text(key).map(|value| value.eq_ignore_ascii_case("true") || value == "1")
    }

    /// Names of an enumeration; some clients write the type before the last dot.
    pub(crate) fn names(&self, key: &str) -> Vec<String> {
        self.all(key)
            .iter()
            .map(|value| value.rsplit('.').next().unwrap_or(value).to_ascii_lowercase())
            .collect()
    }

    /// `limit` and `offset`. A page that is shorter than asked ends a client's paging, so it is never cut below 100.
    pub(crate) fn page(&self) -> Answer<(u32, u32)> {
        let number = |key: &str, default: u32| -> Answer<u32> {
            match self.text(key) {
                None => Ok(default),
                Some(text) => {
                    text.parse().map_err(|_| Failure::invalid(format!("{key} must be a number, not {text}")))
                }
            }
        };
        Ok((number("limit", 100)?.min(1000), number("offset", 0)?))
    }
}
