//! Pictures, sounds, films and files of every vendor: where their bytes are, and of what type they are.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use serde_json::Value;

use super::{Media, MediaKind, MediaSource, json, part::kind_of};

/// Wrappers within wrappers that are followed.
const MOST_LEVELS: usize = 4;

/// A medium in any vendor's spelling.
pub(super) fn read(part: &Value, kind: Option<MediaKind>) -> Option<Media> {
    let mut found = Found::default();
    found.search(part, 0);
    let said = found.mime_type;
    let (source, said) = match found.source? {
        MediaSource::Base64(text) if is_data_address(&text) => {
            let (head, data) = text["data:".len()..].split_once(',')?;
            let (mime, is_base64) = match head.rsplit_once(';') {
                Some((mime, last)) if last.trim().eq_ignore_ascii_case("base64") => (mime, true),
                _ => (head, false),
            };
            let said = Some(mime.trim()).filter(|mime| !mime.is_empty()).map(str::to_owned).or(said);
            let source =
                if is_base64 { MediaSource::Base64(data.to_owned()) } else { MediaSource::Url(text) };
            (source, said)
        }
        MediaSource::Base64(text) if is_address(&text) => (MediaSource::Url(text), said),
        other => (other, said),
    };
    let by_modality = json::text(part, &["modality"]).map(str::to_ascii_lowercase);
    let kind = kind.or_else(|| by_modality.as_deref().and_then(kind_of_word));
    let mime_type = media_type(said, kind, &source);
    let kind = kind
        .or_else(|| {
            mime_type.as_deref().and_then(|mime| kind_of_word(mime.split('/').next().unwrap_or_default()))
        })
        .or_else(|| {
            ["image", "audio", "video"]
                .iter()
                .find(|key| part.get(key).is_some())
                .and_then(|key| kind_of_word(key))
        })
        .unwrap_or(MediaKind::File);
    Some(Media { kind, source, mime_type, name: found.name, transcript: found.transcript })
}

/// What a model said aloud (`message.audio` of OpenAI). Nothing there names its format; all that are written with a head are
/// told by it, and the one without is 16-bit samples, which is what is sent when an answer is streamed.
pub(super) fn spoken(audio: &Value) -> Option<Media> {
    let mut media = read(audio, Some(MediaKind::Audio))?;
    if media.mime_type.is_none() && matches!(media.source, MediaSource::Base64(_)) {
        media.mime_type = Some(SAMPLES.to_owned());
    }
    Some(media)
}

/// 16-bit samples at the rate that vendors use.
const SAMPLES: &str = "audio/l16;rate=24000";

fn kind_of_word(word: &str) -> Option<MediaKind> {
    match word {
        "image" => Some(MediaKind::Image),
        "audio" => Some(MediaKind::Audio),
        "video" => Some(MediaKind::Video),
        _ => None,
    }
}

fn is_data_address(text: &str) -> bool {
    text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("data:"))
}

fn is_address(text: &str) -> bool {
    let start = text.get(..12).unwrap_or(text).to_ascii_lowercase();
    ["http://", "https://", "gs://", "s3://", "file://"].iter().any(|scheme| start.starts_with(scheme))
}

/// The media type: as it was said, of the format that was named, or by the first bytes.
fn media_type(said: Option<String>, kind: Option<MediaKind>, source: &MediaSource) -> Option<String> {
    let says_nothing = |mime: &str| {
        let bare = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        bare.ends_with("/*") || bare == "application/octet-stream" || bare == "binary/octet-stream"
    };
    if let Some(mime) = said.as_deref().filter(|mime| mime.contains('/') && !says_nothing(mime)) {
        return Some(mime.to_owned());
    }
    let word = said.as_deref().filter(|word| !word.contains('/')).map(str::to_ascii_lowercase);
    if let Some(known) = word.as_deref().and_then(|word| of_format(word, kind)) {
        return Some(known.to_owned());
    }
    let seen = match source {
        MediaSource::Base64(data) => of_bytes(&first_bytes(data), kind).map(str::to_owned),
        MediaSource::Url(_) | MediaSource::FileId(_) => None,
    };
    seen.or(said)
}

/// The type that a `format` or the ending of a name stands for.
fn of_format(word: &str, kind: Option<MediaKind>) -> Option<&'static str> {
    Some(match word {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" if kind != Some(MediaKind::Audio) => "image/webp",
        "wav" | "wave" => "audio/wav",
        "mp3" | "mpga" => "audio/mpeg",
        "flac" => "audio/flac",
        "aac" => "audio/aac",
        "m4a" => "audio/mp4",
        "ogg" | "opus" | "oga" => "audio/ogg",
        "pcm" | "pcm16" | "pcm_16" | "pcm_s16le" => SAMPLES,
        "webm" if kind == Some(MediaKind::Audio) => "audio/webm",
        "mp4" if kind == Some(MediaKind::Audio) => "audio/mp4",
        "webm" => "video/webm",
        "mp4" => "video/mp4",
        "mov" => "video/quicktime",
        "mkv" => "video/x-matroska",
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        "md" => "text/markdown",
        "csv" => "text/csv",
        "html" => "text/html",
        _ => return None,
    })
}

/// Bytes by which a type can be told.
const TOLD_BY: usize = 12;

/// The first bytes of what is written in base64 of either alphabet; fewer, or none, where it is something else.
fn first_bytes(data: &str) -> Vec<u8> {
    let plain: String = data
        .chars()
        .filter(|char| !char.is_ascii_whitespace())
        .take(TOLD_BY / 3 * 4)
        .map(|char| match char {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&alphabet::STANDARD, config).decode(plain).unwrap_or_default()
}

fn of_bytes(bytes: &[u8], kind: Option<MediaKind>) -> Option<&'static str> {
    let is_sound = kind == Some(MediaKind::Audio);
    Some(match bytes {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P'] => "image/webp",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E'] => "audio/wav",
        [b'I', b'D', b'3', ..] | [0xff, 0xfb | 0xfa | 0xf3 | 0xf2, ..] => "audio/mpeg",
        [0xff, 0xf1 | 0xf9, ..] => "audio/aac",
        [b'f', b'L', b'a', b'C', ..] => "audio/flac",
        [b'O', b'g', b'g', b'S', ..] => "audio/ogg",
        [b'%', b'P', b'D', b'F', b'-', ..] => "application/pdf",
        [0x1a, 0x45, 0xdf, 0xa3, ..] if is_sound => "audio/webm",
        [0x1a, 0x45, 0xdf, 0xa3, ..] => "video/webm",
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', b'f'] => "image/avif",
        [_, _, _, _, b'f', b't', b'y', b'p', b'M', b'4', b'A', ..] => "audio/mp4",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] if is_sound => "audio/mp4",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "video/mp4",
        _ => return None,
    })
}

/// Bytes that were written as a list of numbers: by themselves, in Node's `{"type": "Buffer", "data": […]}`, or as the
/// object that JavaScript makes of a `Uint8Array`.
fn listed_bytes(value: &Value) -> Option<Vec<u8>> {
    let byte = |value: &Value| value.as_u64().and_then(|number| u8::try_from(number).ok());
    match value {
        Value::Array(items) if !items.is_empty() => items.iter().map(byte).collect(),
        Value::Object(members) => {
            if json::text(value, &["type"]) == Some("Buffer") {
                return value.get("data").filter(|data| data.is_array()).and_then(listed_bytes);
            }
            if !members.contains_key("0") {
                return None;
            }
            (0..members.len()).map(|at| members.get(&at.to_string()).and_then(byte)).collect()
        }
        _ => None,
    }
}

#[derive(Default)]
struct Found {
    source: Option<MediaSource>,
    mime_type: Option<String>,
    name: Option<String>,
    transcript: Option<String>,
}

impl Found {
    /// Looks for address, data or id, here and in the members that wrap them.
    fn search(&mut self, value: &Value, level: usize) {
        if level > MOST_LEVELS {
            return;
        }
        let owned = |keys: &[&str]| json::text(value, keys).map(str::to_owned);
        let mime = owned(&["mime_type", "mimeType", "media_type", "mediaType"]);
        let format = || owned(&["format", "output_format"]);
        self.mime_type = self.mime_type.take().or(mime).or_else(format);
        self.name = self.name.take().or_else(|| owned(&["filename", "file_name", "title", "displayName"]));
        if level > 0 {
            self.name = self.name.take().or_else(|| owned(&["name"]));
        }
        self.transcript = self.transcript.take().or_else(|| owned(&["transcript"]));
        if self.source.is_none() {
            let data = owned(&["data", "base64", "b64_json", "bytes", "binary_content", "blob"]);
            let url = owned(&["url", "uri", "file_url", "file_uri", "fileUri"]);
            // A text under these names may be an address or data.
            let either =
                owned(&["image_url", "image", "audio", "video", "file_data", "source", "result", "content"]);
            let id = owned(&["file_id", "fileId"]);
            let listed = || {
                let keys = ["data", "bytes", "image", "audio", "video", "file_data", "content"];
                keys.iter().find_map(|key| listed_bytes(value.get(key)?))
            };
            // The data are at hand; the address beside them may be of somewhere else.
            self.source = data
                .or(url)
                .or(either)
                .map(
                    |text| if is_address(&text) { MediaSource::Url(text) } else { MediaSource::Base64(text) },
                )
                .or_else(|| listed().map(|bytes| MediaSource::Base64(STANDARD.encode(bytes))))
                .or_else(|| id.map(MediaSource::FileId));
        }
        let wrappers = [
            "image_url",
            "image",
            "source",
            "input_audio",
            "audio",
            "audio_url",
            "video",
            "video_url",
            "file",
            "inline_data",
            "inlineData",
            "file_data",
            "fileData",
            "document",
            "data",
            "image_file",
        ];
        for wrapper in wrappers {
            if let Some(inner) = value.get(wrapper).filter(|inner| inner.is_object()) {
                self.search(inner, level + 1);
            }
        }
        // An id alone is LangChain's name for a file with the vendor; elsewhere it names the piece.
        if self.source.is_none()
            && level == 0
            && kind_of(value).is_some_and(|kind| kind != "image_generation_call")
        {
            self.source = owned(&["id"]).map(MediaSource::FileId);
        }
    }
}

impl MediaSource {
    /// How many bytes there are where they are at hand.
    pub fn bytes(&self) -> Option<usize> {
        match self {
            Self::Base64(data) => {
                let told = |byte: &u8| !byte.is_ascii_whitespace() && *byte != b'=';
                Some(data.as_bytes().iter().filter(|byte| told(byte)).count() * 3 / 4)
            }
            Self::Url(_) | Self::FileId(_) => None,
        }
    }
}
