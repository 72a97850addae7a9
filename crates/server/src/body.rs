//! Request bodies: read whole or as they arrive, unpacked, and never beyond their limits.

use std::{collections::VecDeque, io::Read, time::Duration};

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use http::HeaderMap;
use tokio::sync::Semaphore;

/// Bytes of a request as sent (`otel-transport.md` §2).
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of a request after unpacking; more is a bomb.
pub(crate) const MAX_UNPACKED_BYTES: usize = 256 * 1024 * 1024;

/// How many times the limit is read and dropped before a client that sends too much is cut off.
const DRAINED: usize = 8;

/// Why a body cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BodyError {
    TooLarge(String),
    UnknownEncoding(String),
    Damaged(String),
}

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Identity,
    Gzip,
    Deflate,
    Zstd,
}

fn encoding_of(headers: &HeaderMap) -> Result<Encoding, BodyError> {
    let name = headers
        .get(http::header::CONTENT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("identity")
        .trim()
        .to_ascii_lowercase();
    match name.as_str() {
        "" | "identity" => Ok(Encoding::Identity),
        "gzip" | "x-gzip" => Ok(Encoding::Gzip),
        "deflate" => Ok(Encoding::Deflate),
        "zstd" => Ok(Encoding::Zstd),
        _ => Err(BodyError::UnknownEncoding(name)),
    }
}

/// A body that was read whole.
#[derive(Debug, Clone)]
pub(crate) struct Whole {
    /// Unpacked.
    pub(crate) bytes: Bytes,
    /// How many bytes were sent.
    pub(crate) sent: usize,
}

/// The whole body, unpacked.
pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, BodyError> {
    read_within(headers, body, MAX_BODY_BYTES, MAX_UNPACKED_BYTES).await.map(|whole| whole.bytes)
}

/// The whole body of at most so many bytes, as sent and unpacked.
pub(crate) async fn read_up_to(headers: &HeaderMap, body: Body, most: usize) -> Result<Whole, BodyError> {
    read_within(headers, body, most, most).await
}

async fn read_within(
    headers: &HeaderMap,
    body: Body,
    most: usize,
    most_unpacked: usize,
) -> Result<Whole, BodyError> {
    let encoding = encoding_of(headers)?;
    let mut packed = BytesMut::new();
    let mut length = 0_usize;
    let mut stream = body.into_data_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| BodyError::Damaged(format!("The request broke off: {error}")))?;
        length = length.saturating_add(chunk.len());
        if length <= most {
            packed.extend_from_slice(&chunk);
        } else {
            packed = BytesMut::new();
            // What the client still sends is read and dropped, so that it gets the answer and does not try again.
            if length > most.saturating_mul(DRAINED) {
                break;
            }
        }
    }
    if length > most {
        return Err(BodyError::TooLarge(format!("A request may have {}", size(most))));
    }
    let packed = packed.freeze();
    if encoding == Encoding::Identity {
        return Ok(Whole { bytes: packed, sent: length });
    }
    let bytes = tokio::task::spawn_blocking(move || unpack(encoding, &packed, most_unpacked))
        .await
        .unwrap_or_else(|_| Err(BodyError::Damaged("The request cannot be unpacked".to_owned())))?;
    Ok(Whole { bytes, sent: length })
}

/// `64 MiB`.
fn size(bytes: usize) -> String {
    match bytes / 1024 / 1024 {
        0 => format!("{bytes} bytes"),
        mib => format!("{mib} MiB"),
    }
}

fn unpack(encoding: Encoding, packed: &[u8], most: usize) -> Result<Bytes, BodyError> {
    let damaged = |error: std::io::Error| {
        BodyError::Damaged(format!("The body cannot be unpacked as {encoding:?}: {error}"))
    };
    let reader: Box<dyn Read + '_> = match encoding {
        Encoding::Identity => Box::new(packed),
        // The name means zlib's wrapping (RFC 9110 §8.4.1.2), which some leave out.
        Encoding::Deflate if is_zlib(packed) => Box::new(flate2::read::ZlibDecoder::new(packed)),
        Encoding::Deflate => Box::new(flate2::read::DeflateDecoder::new(packed)),
        Encoding::Zstd => Box::new(zstd::Decoder::new(packed).map_err(damaged)?),
        Encoding::Gzip => Box::new(flate2::read::MultiGzDecoder::new(packed)),
    };
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::with_capacity(packed.len().saturating_mul(4).min(most));
    reader.take(limit).read_to_end(&mut bytes).map_err(damaged)?;
    if bytes.len() > most {
        return Err(BodyError::TooLarge(format!("A request may unpack to {}", size(most))));
    }
    Ok(bytes.into())
}

/// Whether a body begins with the two bytes of zlib (RFC 1950 §2.2).
fn is_zlib(packed: &[u8]) -> bool {
    let [first, second, ..] = packed else { return true };
    first & 0x0f == 8 && (u16::from(*first) * 256 + u16::from(*second)).is_multiple_of(31)
}

/// Bytes of a request that is read as it arrives, packed or not.
const MAX_STREAMED_BYTES: u64 = 512 * 1024 * 1024;
/// Chunks that may wait for the reader.
const WAITING_CHUNKS: usize = 8;
/// How long a client may be silent in the middle of a body.
const LONGEST_SILENCE: Duration = Duration::from_mins(1);
/// Bytes that are gathered before a body gets a thread: most bodies are whole by then, and a client that sends slowly
/// holds nothing but them.
const READ_AHEAD_BYTES: usize = 1024 * 1024;
/// Larger bodies that are read at once. Each holds a thread while it comes, of which tokio has 512 for everything that
/// blocks: slow clients must leave some.
static READERS: Semaphore = Semaphore::const_new(256);

/// What came next of a body: a chunk, an error, or nothing any more.
async fn next_chunk(stream: &mut axum::body::BodyDataStream) -> Option<std::io::Result<Bytes>> {
    match tokio::time::timeout(LONGEST_SILENCE, stream.next()).await {
        Ok(chunk) => {
            Some(chunk?.map_err(|error| std::io::Error::other(format!("the request broke off: {error}"))))
        }
        Err(_) => Some(Err(std::io::Error::other("the request broke off: nothing came for a minute"))),
    }
}

/// Hands the body, unpacked as it arrives, to `work`, which runs on a thread that may block.
///
/// More than half a gigabyte is an error of the kind `FileTooLarge`; a body that breaks off is one of another kind.
pub(crate) async fn stream<T: Send + 'static>(
    headers: &HeaderMap,
    body: Body,
    work: impl FnOnce(&mut dyn Read) -> T + Send + 'static,
) -> Result<T, BodyError> {
    let encoding = encoding_of(headers)?;
    let broke = || BodyError::Damaged("The request cannot be read".to_owned());
    let mut stream = body.into_data_stream();
    let (mut ahead, mut length, mut is_over) = (VecDeque::new(), 0, false);
    while length < READ_AHEAD_BYTES && !is_over {
        match next_chunk(&mut stream).await {
            None => is_over = true,
            Some(chunk) => {
                length += chunk.as_ref().map_or(0, Bytes::len);
                is_over = chunk.is_err();
                ahead.push_back(chunk);
            }
        }
    }
    let _turn = READERS.acquire().await.map_err(|_| broke())?;
    let (sender, chunks) = tokio::sync::mpsc::channel(WAITING_CHUNKS);
    let reading = tokio::task::spawn_blocking(move || {
        let chunks = Chunks { ahead, chunks, current: Bytes::new() };
        let packed = Limited { inner: chunks, left: MAX_STREAMED_BYTES };
        let unpacked: Box<dyn Read> = match encoding {
            Encoding::Identity => Box::new(packed),
            Encoding::Gzip => Box::new(flate2::read::MultiGzDecoder::new(packed)),
            Encoding::Deflate => Box::new(flate2::read::ZlibDecoder::new(packed)),
            Encoding::Zstd => match zstd::Decoder::new(packed) {
                Ok(decoder) => Box::new(decoder),
                Err(error) => {
                    return Err(BodyError::Damaged(format!("The zstd body cannot be unpacked: {error}")));
                }
            },
        };
        Ok(work(&mut Limited { inner: unpacked, left: MAX_STREAMED_BYTES }))
    });
    while !is_over && let Some(chunk) = next_chunk(&mut stream).await {
        is_over = chunk.is_err();
        // A reader that has seen enough is gone; what the client still sends is read and dropped, so that it gets
        // the answer.
        let _ = sender.send(chunk).await;
    }
    drop(sender);
    reading.await.unwrap_or_else(|_| Err(broke()))
}

struct Chunks {
    /// What came before there was a reader.
    ahead: VecDeque<std::io::Result<Bytes>>,
    chunks: tokio::sync::mpsc::Receiver<std::io::Result<Bytes>>,
    current: Bytes,
}

impl Read for Chunks {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        while self.current.is_empty() {
            match self.ahead.pop_front().or_else(|| self.chunks.blocking_recv()) {
                Some(chunk) => self.current = chunk?,
                None => return Ok(0),
            }
        }
        let length = out.len().min(self.current.len());
        out[..length].copy_from_slice(&self.current.split_to(length));
        Ok(length)
    }
}

/// Ends in an error once more than the limit was read.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let length = self.inner.read(out)?;
        self.left = self.left.checked_sub(u64::try_from(length).unwrap_or(u64::MAX)).ok_or_else(|| {
            let limit = MAX_STREAMED_BYTES / 1024 / 1024;
            std::io::Error::new(
                std::io::ErrorKind::FileTooLarge,
                format!("A request may have {limit} MiB, unpacked too"),
            )
        })?;
        Ok(length)
    }
}
