//! Request bodies: read whole, unpacked, and never beyond their limits.

use std::io::Read;

use axum::body::Body;
use bytes::Bytes;
use http::HeaderMap;

/// Bytes of a request as sent (`otel-transport.md` §2).
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of a request after unpacking; more is a bomb.
pub(crate) const MAX_UNPACKED_BYTES: usize = 256 * 1024 * 1024;

/// Why a body cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BodyError {
    TooLarge(String),
    UnknownEncoding(String),
    Damaged(String),
}

/// The whole body, unpacked.
pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, BodyError> {
    let encoding = headers
        .get(http::header::CONTENT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("identity")
        .trim()
        .to_ascii_lowercase();
    if !matches!(encoding.as_str(), "" | "identity" | "gzip" | "x-gzip" | "deflate" | "zstd") {
        return Err(BodyError::UnknownEncoding(encoding));
    }
    let packed = axum::body::to_bytes(body, MAX_BODY_BYTES).await.map_err(|error| {
        if is_length_limit(&error) {
            BodyError::TooLarge(format!("A request may have {} MiB", MAX_BODY_BYTES / 1024 / 1024))
        } else {
            BodyError::Damaged(format!("The request broke off: {error}"))
        }
    })?;
    if matches!(encoding.as_str(), "" | "identity") {
        return Ok(packed);
    }
    tokio::task::spawn_blocking(move || unpack(&encoding, &packed))
        .await
        .unwrap_or_else(|_| Err(BodyError::Damaged("The request cannot be unpacked".to_owned())))
}

fn is_length_limit(error: &axum::Error) -> bool {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = source {
        if error.to_string().contains("length limit exceeded") {
            return true;
        }
        source = error.source();
    }
    false
}

fn unpack(encoding: &str, packed: &[u8]) -> Result<Bytes, BodyError> {
    let damaged = |error: std::io::Error| {
        BodyError::Damaged(format!("The {encoding} body cannot be unpacked: {error}"))
    };
    let reader: Box<dyn Read + '_> = match encoding {
        "deflate" => Box::new(flate2::read::ZlibDecoder::new(packed)),
        "zstd" => Box::new(zstd::Decoder::new(packed).map_err(damaged)?),
        _ => Box::new(flate2::read::MultiGzDecoder::new(packed)),
    };
    let limit = u64::try_from(MAX_UNPACKED_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::with_capacity(packed.len().saturating_mul(4).min(MAX_UNPACKED_BYTES));
    reader.take(limit + 1).read_to_end(&mut bytes).map_err(damaged)?;
    if bytes.len() > MAX_UNPACKED_BYTES {
        let message = format!("A request may unpack to {} MiB", MAX_UNPACKED_BYTES / 1024 / 1024);
        return Err(BodyError::TooLarge(message));
    }
    Ok(bytes.into())
}
