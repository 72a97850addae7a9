//! Searching all texts.

use std::ops::Range;

use engine::{Engine, TextSearch};

use super::{Answer, MOST_ROWS, parse_trace_id};
use crate::wire::{Count, FoundText, FoundTexts, SearchTexts, TextMark, TextPart, TextStage};

pub(crate) fn search_texts(engine: &Engine, params: SearchTexts) -> Answer<FoundTexts> {
    let search = TextSearch {
        text: params.text,
        project: params.project,
        trace: params.trace_id.as_deref().map(parse_trace_id).transpose()?,
        inside_words: params.inside_words,
        after: params.after,
        limit: params.limit.clamp(1, MOST_ROWS) as usize,
    };
    let found = engine.search_texts(&search)?;
    Ok(FoundTexts {
        rows: found.hits.into_iter().map(Into::into).collect(),
        next: found.next,
        stage: found.stage.into(),
        progress: found.progress,
        behind: Count(found.behind),
    })
}

impl From<engine::FoundText> for FoundText {
    fn from(found: engine::FoundText) -> Self {
        let marks = found.marks.iter().map(|mark| utf16(&found.line, mark)).collect();
        Self {
            trace_id: found.trace.trace_id.to_string(),
            trace_name: found.trace.name.unwrap_or_else(|| "unnamed".to_owned()),
            project: found.trace.project,
            run_id: found.run.run_id.to_string(),
            name: found.run.name.as_deref().unwrap_or("unnamed").to_owned(),
            run_type: found.run.run_type.into(),
            status: found.run.status.into(),
            start: found.run.start.map(Into::into),
            part: found.part.into(),
            pointer: found.pointer,
            line: found.line,
            marks,
            more: Count(found.more),
            inside: found.is_inside,
        }
    }
}

fn utf16(line: &str, mark: &Range<usize>) -> TextMark {
    let units = |end: usize| {
        let count = line.get(..end).map_or(0, |before| before.encode_utf16().count());
        u32::try_from(count).unwrap_or(u32::MAX)
    };
    TextMark { start: units(mark.start), end: units(mark.end) }
}

impl From<engine::TextStage> for TextStage {
    fn from(stage: engine::TextStage) -> Self {
        match stage {
            engine::TextStage::Words => Self::Words,
            engine::TextStage::Fresh => Self::Fresh,
            engine::TextStage::Inside => Self::Inside,
        }
    }
}

impl From<engine::TextPart> for TextPart {
    fn from(part: engine::TextPart) -> Self {
        match part {
            engine::TextPart::Inputs => Self::Inputs,
            engine::TextPart::Outputs => Self::Outputs,
            engine::TextPart::Error => Self::Error,
            engine::TextPart::Metadata => Self::Metadata,
            engine::TextPart::Tags => Self::Tags,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_count_as_javascript_does() {
        let line = "😀 é word";
        let at = line.find("word").unwrap_or_default();
        assert_eq!(utf16(line, &(at..line.len())), TextMark { start: 5, end: 9 });
    }
}
