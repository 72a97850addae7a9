//! What a run cost, split by what it was spent on.

use crate::{Cost, TokenClass};

/// What money was spent on, as cost is shown. Each token is billed under exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is named by `CostClass::name`")]
pub enum CostClass {
    Input,
    CacheRead,
    CacheWrite5m,
    CacheWrite1h,
    AudioInput,
    ImageInput,
    Output,
    Reasoning,
    AudioOutput,
    ImageOutput,
    /// Money without tokens: a tool, a search, a total without its parts.
    Other,
}

impl CostClass {
    /// Every class, in the order in which costs are shown.
    pub const ALL: [Self; 11] = [
        Self::Input,
        Self::CacheRead,
        Self::CacheWrite5m,
        Self::CacheWrite1h,
        Self::AudioInput,
        Self::ImageInput,
        Self::Output,
        Self::Reasoning,
        Self::AudioOutput,
        Self::ImageOutput,
        Self::Other,
    ];

    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::CacheRead => "cache_read",
            Self::CacheWrite5m => "cache_write_5m",
            Self::CacheWrite1h => "cache_write_1h",
            Self::AudioInput => "audio_input",
            Self::ImageInput => "image_input",
            Self::Output => "output",
            Self::Reasoning => "reasoning",
            Self::AudioOutput => "audio_output",
            Self::ImageOutput => "image_output",
            Self::Other => "other",
        }
    }

    /// Whether the money went for tokens of the prompt.
    pub fn is_input(self) -> bool {
        self < Self::Output
    }

    /// Whether the money went for generated tokens.
    pub fn is_output(self) -> bool {
        self >= Self::Output && self != Self::Other
    }

    /// Where the price of a token class is shown. Tiers are no classes of their own here: a cached token of the
    /// priority tier is a cached token.
    pub fn of(class: TokenClass) -> Self {
        match class {
            TokenClass::CacheCreation1h => Self::CacheWrite1h,
            class if class.is_cache_read() => Self::CacheRead,
            class if class.is_cache_creation() => Self::CacheWrite5m,
            class if class.is_reasoning() => Self::Reasoning,
            TokenClass::InputAudio => Self::AudioInput,
            TokenClass::InputImage | TokenClass::InputVideo => Self::ImageInput,
            TokenClass::OutputAudio => Self::AudioOutput,
            TokenClass::OutputImage => Self::ImageOutput,
            class if class.side() == crate::TokenSide::Input => Self::Input,
            _ => Self::Output,
        }
    }
}

/// Cost by class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CostByClass([Cost; CostClass::ALL.len()]);

impl CostByClass {
    /// The cost of a class.
    pub fn get(&self, class: CostClass) -> Cost {
        self.0[class as usize]
    }

    /// Adds to a class.
    pub fn add(&mut self, class: CostClass, cost: Cost) {
        let place = &mut self.0[class as usize];
        place.pico_usd = place.pico_usd.saturating_add(cost.pico_usd);
    }

    /// The sum over the classes that fit.
    pub fn sum(&self, fits: impl Fn(CostClass) -> bool) -> Cost {
        let pico_usd = CostClass::ALL
            .into_iter()
            .filter(|class| fits(*class))
            .fold(0_i64, |sum, class| sum.saturating_add(self.get(class).pico_usd));
        Cost { pico_usd }
    }

    /// The sum over all classes.
    pub fn total(&self) -> Cost {
        self.sum(|_| true)
    }

    /// Each class with its cost.
    pub fn iter(&self) -> impl Iterator<Item = (CostClass, Cost)> + '_ {
        CostClass::ALL.into_iter().map(|class| (class, self.get(class)))
    }
}

/// Costs as a producer sent them, in US dollars (`langsmith-cost-feedback-queues.md` §6.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GivenCost {
    /// Of the prompt.
    pub input: Option<Cost>,
    /// Of the answer.
    pub output: Option<Cost>,
    /// Of everything; without the two others all that is known.
    pub total: Option<Cost>,
    /// Of the classes that the producer tells apart.
    pub details: Vec<(TokenClass, Cost)>,
}

impl GivenCost {
    /// Whether nothing was sent.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The total, else the sum of the sides.
    pub fn whole(&self) -> Option<Cost> {
        self.total.or_else(|| {
            let sides = [self.input, self.output].into_iter().flatten();
            sides.reduce(|left, right| Cost { pico_usd: left.pico_usd.saturating_add(right.pico_usd) })
        })
    }

    /// Takes each part from `self`, else from `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            input: self.input.or(other.input),
            output: self.output.or(other.output),
            total: self.total.or(other.total),
            details: if self.details.is_empty() { other.details } else { self.details },
        }
    }
}

/// Where the cost of a run is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CostOrigin {
    /// The run used nothing that costs.
    #[default]
    None,
    /// The producer sent it.
    Given,
    /// Tokens times price.
    Computed,
    /// The producer sent one side, the other is tokens times price.
    Mixed,
    /// The run used tokens and no price is known for its model: not free, but unknown.
    Unpriced,
    /// Only the sum of its tokens is known, which no price applies to, since input and output differ in theirs.
    SumOnly,
    /// A count that was sent cannot be meant ([`Usage::MOST_TOKENS`](crate::Usage::MOST_TOKENS)) and was left out.
    BadCount,
}

impl CostOrigin {
    /// Every origin.
    pub const ALL: [Self; 7] =
        [Self::None, Self::Given, Self::Computed, Self::Mixed, Self::Unpriced, Self::SumOnly, Self::BadCount];

    /// Whether the run used something and nobody knows what it cost.
    pub fn is_unknown(self) -> bool {
        matches!(self, Self::Unpriced | Self::SumOnly | Self::BadCount)
    }

    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Given => "given",
            Self::Computed => "computed",
            Self::Mixed => "mixed",
            Self::Unpriced => "unpriced",
            Self::SumOnly => "sum_only",
            Self::BadCount => "bad_count",
        }
    }
}

/// What a run cost.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bill {
    /// Where the figures are from.
    pub origin: CostOrigin,
    /// The parts; they sum to the total.
    pub by_class: CostByClass,
    /// What reading from a cache saved, less what writing to it cost more than plain input; negative where the cache
    /// did not pay.
    pub cache_saved: Cost,
    /// The price that was used, written so that the arithmetic can be shown even when the price table has changed.
    pub price: Option<std::sync::Arc<str>>,
}

impl Bill {
    /// The bill of what a producer sent, where nobody computes.
    pub fn given(sent: &GivenCost) -> Self {
        let Some(whole) = sent.whole() else { return Self::default() };
        let mut by_class = CostByClass::default();
        by_class.add(CostClass::Input, sent.input.unwrap_or_default());
        by_class.add(CostClass::Output, sent.output.unwrap_or_default());
        let rest = whole.pico_usd.saturating_sub(by_class.total().pico_usd);
        by_class.add(CostClass::Other, Cost { pico_usd: rest });
        Self { origin: CostOrigin::Given, by_class, ..Self::default() }
    }

    /// The whole cost, where it is known.
    pub fn total(&self) -> Option<Cost> {
        match self.origin {
            CostOrigin::Given | CostOrigin::Computed | CostOrigin::Mixed => Some(self.by_class.total()),
            _ => None,
        }
    }
}
