//! Classes of tokens: what a provider counts, and may bill, apart from the rest.

/// A part of the input or of the output (`langsmith-cost-feedback-queues.md` §6.1).
///
/// Classes of one side may overlap (an audio token may come from a cache), need not sum to the side's total, and are
/// ordered here from the most specific to the least: in this order they are billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the class of its name, see `TokenClass::name`")]
pub enum TokenClass {
    // Input: tier and kind together.
    PriorityCacheRead,
    PriorityCacheCreation,
    FlexCacheRead,
    FlexCacheCreation,
    BatchCacheRead,
    BatchCacheCreation,
    CacheReadOver200k,
    AudioCacheRead,
    ImageCacheRead,
    // Input: kind.
    CacheRead,
    CacheCreation1h,
    CacheCreation5m,
    CacheCreation,
    InputAudio,
    InputImage,
    InputVideo,
    InputText,
    // Input: tier.
    Priority,
    Flex,
    Batch,
    Over200k,
    // Output: tier and kind together.
    PriorityReasoning,
    FlexReasoning,
    BatchReasoning,
    // Output: kind.
    Reasoning,
    OutputAudio,
    OutputImage,
    OutputText,
    // Output: tier.
    PriorityOutput,
    FlexOutput,
    BatchOutput,
    OutputOver200k,
}

/// Input or output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenSide {
    /// Of the prompt.
    Input,
    /// Of the answer.
    Output,
}

impl TokenClass {
    /// Every class with its name in LangSmith's details, in the order of the enum.
    const NAMES: [(Self, &'static str); 32] = [
        (Self::PriorityCacheRead, "priority_cache_read"),
        (Self::PriorityCacheCreation, "priority_cache_creation"),
        (Self::FlexCacheRead, "flex_cache_read"),
        (Self::FlexCacheCreation, "flex_cache_creation"),
        (Self::BatchCacheRead, "batch_cache_read"),
        (Self::BatchCacheCreation, "batch_cache_creation"),
        (Self::CacheReadOver200k, "cache_read_over_200k"),
        (Self::AudioCacheRead, "audio_cache_read"),
        (Self::ImageCacheRead, "image_cache_read"),
        (Self::CacheRead, "cache_read"),
        (Self::CacheCreation1h, "ephemeral_1h_input_tokens"),
        (Self::CacheCreation5m, "ephemeral_5m_input_tokens"),
        (Self::CacheCreation, "cache_creation"),
        (Self::InputAudio, "audio"),
        (Self::InputImage, "image"),
        (Self::InputVideo, "video"),
        (Self::InputText, "text"),
        (Self::Priority, "priority"),
        (Self::Flex, "flex"),
        (Self::Batch, "batch"),
        (Self::Over200k, "over_200k"),
        (Self::PriorityReasoning, "priority_reasoning"),
        (Self::FlexReasoning, "flex_reasoning"),
        (Self::BatchReasoning, "batch_reasoning"),
        (Self::Reasoning, "reasoning"),
        (Self::OutputAudio, "audio"),
        (Self::OutputImage, "image"),
        (Self::OutputText, "text"),
        (Self::PriorityOutput, "priority"),
        (Self::FlexOutput, "flex"),
        (Self::BatchOutput, "batch"),
        (Self::OutputOver200k, "over_200k"),
    ];

    /// Every class, the most specific of each side first.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::NAMES.iter().map(|(class, _)| *class)
    }

    /// The side that the class is a part of.
    pub fn side(self) -> TokenSide {
        if self < Self::PriorityReasoning { TokenSide::Input } else { TokenSide::Output }
    }

    /// The name within the details of its side.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(class, _)| *class == self).map_or("", |(_, name)| *name)
    }

    /// The class of this name; other spellings in use are known (`langsmith-data.md` D14).
    pub fn parse(side: TokenSide, name: &str) -> Option<Self> {
        let name = match name {
            "ephemeral_1hr_input_tokens" => "ephemeral_1h_input_tokens",
            "cache_write" => "cache_creation",
            other => other,
        };
        Self::NAMES
            .iter()
            .find(|(class, known)| *known == name && class.side() == side)
            .map(|(class, _)| *class)
    }

    /// Whether these tokens came from a cache.
    pub fn is_cache_read(self) -> bool {
        matches!(
            self,
            Self::CacheRead
                | Self::PriorityCacheRead
                | Self::FlexCacheRead
                | Self::BatchCacheRead
                | Self::CacheReadOver200k
                | Self::AudioCacheRead
                | Self::ImageCacheRead
        )
    }

    /// Whether these tokens were put into a cache.
    pub fn is_cache_creation(self) -> bool {
        matches!(
            self,
            Self::CacheCreation
                | Self::CacheCreation5m
                | Self::CacheCreation1h
                | Self::PriorityCacheCreation
                | Self::FlexCacheCreation
                | Self::BatchCacheCreation
        )
    }

    /// Whether these tokens were spent on reasoning.
    pub fn is_reasoning(self) -> bool {
        matches!(self, Self::Reasoning | Self::PriorityReasoning | Self::FlexReasoning | Self::BatchReasoning)
    }
}
