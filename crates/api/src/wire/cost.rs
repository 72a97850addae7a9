//! Shapes of cost: sums, groups, the arithmetic of a run, prices.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Count, Timestamp, Usage, Usd};

/// What is summed up.
#[derive(Debug, Clone, Default, Deserialize, Type)]
#[serde(default)]
pub struct CostScope {
    /// First day, as YYYY-MM-DD (UTC). A trace counts whole on the day on which it started.
    pub from: Option<String>,
    /// Last day, as YYYY-MM-DD (UTC).
    pub to: Option<String>,
    /// Project by name.
    pub project: Option<String>,
    /// Thread key.
    pub thread: Option<String>,
    /// Trace id.
    pub trace_id: Option<String>,
    /// Only the runs that this finds, in the syntax of the search bar.
    pub filter: Option<String>,
}

/// Parameters of `get_costs`.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct GetCosts {
    /// Of which traces.
    #[serde(default)]
    pub scope: CostScope,
    /// `model`, `provider`, `name`, `prompt`, `tag`, `user`, `agent`, or `metadata.KEY`.
    pub by: String,
    /// Groups at most; absent: all of them.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// Parameters of `list_cost_traces`.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct ListCostTraces {
    /// Of which traces.
    #[serde(default)]
    pub scope: CostScope,
    /// Only traces with runs of a group of this, see [`GetCosts::by`].
    #[serde(default)]
    pub by: Option<String>,
    /// The group; absent: the runs that name nothing.
    #[serde(default)]
    pub value: Option<String>,
    /// Rows at most.
    pub limit: u32,
}

/// Cost of one class.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ClassCost {
    /// `input`, `cache_read`, `cache_write_5m`, `cache_write_1h`, `audio_input`, `image_input`, `output`, `reasoning`,
    /// `audio_output`, `image_output` or `other`.
    pub class: String,
    /// The cost.
    pub cost: Usd,
}

/// Sums of a group.
#[derive(Debug, Clone, Serialize, Type)]
pub struct CostSums {
    /// Traces that the group occurs in.
    pub traces: Count,
    /// Runs that used something or cost something.
    pub runs: Count,
    /// Tokens.
    pub usage: Usage,
    /// Of the cache writes those that last an hour.
    pub cache_creation_1h_tokens: Option<Count>,
    /// Audio tokens of input and output.
    pub audio_tokens: Option<Count>,
    /// Image tokens of input and output.
    pub image_tokens: Option<Count>,
    /// Cost of what has a price; nothing where nothing has.
    pub cost: Option<Usd>,
    /// The cost by class, without classes that cost nothing.
    pub by_class: Vec<ClassCost>,
    /// Runs whose tokens have no price.
    pub unpriced_runs: Count,
    /// What caching saved; negative where it cost more.
    pub cache_saved: Usd,
}

/// A group with its sums.
#[derive(Debug, Clone, Serialize, Type)]
pub struct CostGroup {
    /// What the runs have in common; absent for those that name nothing.
    pub value: Option<String>,
    /// The sums.
    pub sums: CostSums,
}

/// A group on one day.
#[derive(Debug, Clone, Serialize, Type)]
pub struct CostPoint {
    /// Day as YYYY-MM-DD (UTC).
    pub day: String,
    /// As in [`CostGroup`].
    pub value: Option<String>,
    /// The cost, where it is known.
    pub cost: Option<Usd>,
    /// The cost by class, without classes that cost nothing.
    pub by_class: Vec<ClassCost>,
    /// All tokens.
    pub tokens: Count,
}

/// What the cost view shows.
#[derive(Debug, Clone, Serialize, Type)]
pub struct Costs {
    /// Everything together.
    pub total: CostSums,
    /// Groups, the dearest first, as many as were asked for.
    pub groups: Vec<CostGroup>,
    /// How many groups there are.
    pub group_count: Count,
    /// Everything day by day.
    pub days: Vec<CostPoint>,
    /// The dearest groups day by day; what is left of each day as `everything else`.
    pub trend: Vec<CostPoint>,
    /// Models with runs whose cost is not known, and why.
    pub unpriced: Vec<UnknownCost>,
    /// Traces of which the whole cost is known.
    pub priced_traces: Count,
    /// What one of those costs on the average.
    pub trace_average: Option<Usd>,
    /// Keys of metadata that can be grouped by.
    pub metadata_keys: Vec<String>,
    /// How far runs were looked through, where a filter asks for that.
    pub reach: Option<CostReach>,
}

/// Runs of a model whose cost is not known.
#[derive(Debug, Clone, Serialize, Type)]
pub struct UnknownCost {
    /// Why: `unpriced`, `sum_only` or `bad_count`.
    pub reason: CostOrigin,
    /// The model as `provider/model`; absent for runs that name none.
    pub value: Option<String>,
    /// The sums.
    pub sums: CostSums,
}

/// How far runs were looked through.
#[derive(Debug, Clone, Serialize, Type)]
pub struct CostReach {
    /// Traces that were looked at, the latest ones.
    pub traces: Count,
    /// Traces of the scope that spent anything.
    pub of: Count,
}

/// A trace among the dearest.
#[derive(Debug, Clone, Serialize, Type)]
pub struct CostTrace {
    /// Trace id.
    pub trace_id: String,
    /// Name of its root.
    pub name: String,
    /// Project.
    pub project: String,
    /// Start.
    pub start: Option<Timestamp>,
    /// Runs in it.
    pub runs: Count,
    /// Tokens.
    pub tokens: Option<Count>,
    /// Cost of the whole trace.
    pub cost: Option<Usd>,
    /// Runs whose tokens have no price.
    pub unpriced_runs: Count,
}

/// One line of the arithmetic.
#[derive(Debug, Clone, Serialize, Type)]
pub struct CostLine {
    /// Where the line is shown, see [`ClassCost::class`].
    pub class: String,
    /// Class of tokens as the producer names it; absent for what remains of a side, and for money without tokens.
    pub token_class: Option<String>,
    /// Tokens that are billed here, and nowhere else.
    pub tokens: Count,
    /// Tokens that the run tells of the class.
    pub told: Count,
    /// Dollars per million tokens; absent where the producer sent the cost.
    pub price_per_million: Option<String>,
    /// Tokens times price, or as sent.
    pub cost: Usd,
}

/// Where the cost of a run is from.
#[derive(Debug, Clone, Copy, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CostOrigin {
    /// The run used nothing that costs.
    None,
    /// The producer sent it.
    Given,
    /// Tokens times price.
    Computed,
    /// The producer sent one side, the other is computed.
    Mixed,
    /// The run used tokens and no price is known for its model.
    Unpriced,
    /// Only the sum of its tokens is known, which no price applies to.
    SumOnly,
    /// A count that was sent cannot be meant and was left out.
    BadCount,
}

/// How the cost of a run comes about.
#[derive(Debug, Clone, Serialize, Type)]
pub struct CostArithmetic {
    /// Where the figures are from.
    pub origin: CostOrigin,
    /// What adds up to the cost.
    pub lines: Vec<CostLine>,
    /// The sum, where it is known.
    pub total: Option<Usd>,
    /// What caching saved.
    pub cache_saved: Usd,
    /// What to know about it.
    pub notes: Vec<String>,
    /// The price that was used.
    pub price: Option<PriceEntry>,
    /// The name under which the model is priced, where it is another one.
    pub alias: Option<String>,
    /// Why what the run tells does not count; absent where it counts, or tells nothing.
    pub not_counted: Option<String>,
    /// Tokens times the price of now, where the producer sent the cost.
    pub computed_total: Option<Usd>,
    /// Whether what the producer sent differs from that by more than one percent.
    pub differs: bool,
    /// Cost of the run and everything below it.
    pub subtree_cost: Option<Usd>,
    /// The same by class.
    pub subtree_by_class: Vec<ClassCost>,
    /// Runs in it whose tokens have no price.
    pub subtree_unpriced_runs: Count,
}

/// Price of a class.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ClassPrice {
    /// Class of tokens by LangSmith's name, such as `cache_read`.
    pub class: String,
    /// Dollars per million tokens, as an exact decimal.
    pub per_million: String,
}

/// An entry of the price table.
#[derive(Debug, Clone, Serialize, Type)]
pub struct PriceEntry {
    /// Identifies the entry.
    pub id: String,
    /// Name of the model for people.
    pub name: String,
    /// Provider; any where absent.
    pub provider: Option<String>,
    /// Model name, or a regular expression for own entries.
    pub pattern: String,
    /// Applies to runs that start at this time or later.
    pub start: Option<Timestamp>,
    /// Applies to runs with more input tokens than this.
    pub above_tokens: Option<Count>,
    /// Dollars per million input tokens.
    pub input: Option<String>,
    /// Dollars per million output tokens.
    pub output: Option<String>,
    /// Classes of the input with prices of their own.
    pub input_classes: Vec<ClassPrice>,
    /// Classes of the output with prices of their own.
    pub output_classes: Vec<ClassPrice>,
    /// Whether the person made it.
    pub own: bool,
    /// Day of the table, or on which it was made.
    pub dated: String,
}

/// Parameters of `list_prices`.
#[derive(Debug, Clone, Default, Deserialize, Type)]
#[serde(default)]
pub struct ListPrices {
    /// Text that must occur in provider or model.
    pub text: Option<String>,
    /// Only the person's own.
    pub own: bool,
    /// Rows to skip.
    pub offset: u32,
    /// Rows at most.
    pub limit: u32,
}

/// A window of the price table.
#[derive(Debug, Clone, Serialize, Type)]
pub struct PricePage {
    /// Entries, own ones first.
    pub rows: Vec<PriceEntry>,
    /// Entries in all that fit.
    pub total: Count,
    /// Where the bundled table is from.
    pub table_source: String,
    /// Its licence.
    pub table_licence: String,
    /// Its day.
    pub table_date: String,
}

/// Parameters of `set_price`: an own entry, in dollars per million tokens.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct SetPrice {
    /// Name of the model for people.
    pub name: String,
    /// Regular expression that is searched in the model's name; the name itself where absent.
    #[serde(default)]
    pub pattern: Option<String>,
    /// Provider; any where absent.
    #[serde(default)]
    pub provider: Option<String>,
    /// First day, as YYYY-MM-DD; any where absent.
    #[serde(default)]
    pub start: Option<String>,
    /// Applies to runs with more input tokens than this.
    #[serde(default)]
    pub above_tokens: Option<Count>,
    /// Dollars per million input tokens.
    #[serde(default)]
    pub input: Option<String>,
    /// Dollars per million output tokens.
    #[serde(default)]
    pub output: Option<String>,
    /// Classes of the input with prices of their own.
    #[serde(default)]
    pub input_classes: Vec<ClassPrice>,
    /// Classes of the output with prices of their own.
    #[serde(default)]
    pub output_classes: Vec<ClassPrice>,
}

/// Parameters of `import_prices`.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct ImportPrices {
    /// Text of a price file.
    pub text: String,
}

/// Names an entry.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct PriceRef {
    /// Id.
    pub id: String,
}

/// What came of changing own prices.
#[derive(Debug, Clone, Serialize, Type)]
pub struct PriceChange {
    /// Entries that were added.
    pub added: Count,
    /// Own entries that they replace.
    pub replaced: Count,
    /// What could not be read, each with its place.
    pub problems: Vec<String>,
    /// Models that another own entry fits too, and which of the two is used.
    pub notes: Vec<String>,
}

/// Parameters of `recompute_costs`.
#[derive(Debug, Clone, Default, Deserialize, Type)]
#[serde(default)]
pub struct RecomputeCosts {
    /// Do it; else only tell what would change.
    pub apply: bool,
}

/// What computing costs again changes for one model.
#[derive(Debug, Clone, Serialize, Type)]
pub struct RecomputedModel {
    /// Provider.
    pub provider: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Runs whose cost changes.
    pub runs: Count,
    /// Their cost as it stood, where it was known.
    pub before: Option<Usd>,
    /// Their cost now, where it is known.
    pub after: Option<Usd>,
    /// Runs that had no price and get one.
    pub newly_priced: Count,
    /// Runs that lose their price.
    pub no_longer_priced: Count,
}

/// What computing costs again changes.
#[derive(Debug, Clone, Serialize, Type)]
pub struct RecomputedCosts {
    /// Stopped before the end on request.
    pub cancelled: bool,
    /// Runs that were looked at.
    pub runs: Count,
    /// Traces in which something changes.
    pub traces: Count,
    /// Changes of what counts by model, the largest first.
    pub models: Vec<RecomputedModel>,
    /// Runs whose cost changes and that do not count, so that no sum does.
    pub uncounted: Count,
    /// The sum of all known costs before.
    pub total_before: Usd,
    /// And after.
    pub total_after: Usd,
    /// The last time that costs were computed again, as long as it can be undone.
    pub last: Option<LastRecompute>,
}

/// A computing again that can be undone.
#[derive(Debug, Clone, Serialize, Type)]
pub struct LastRecompute {
    /// When.
    pub at: Timestamp,
    /// Runs that it changed.
    pub runs: Count,
}

/// What undoing changed.
#[derive(Debug, Clone, Serialize, Type)]
pub struct UndoneRecompute {
    /// Runs that have the cost again that they had before.
    pub runs: Count,
}

/// How far computing again is.
#[derive(Debug, Clone, Serialize, Type)]
pub struct RecomputeProgress {
    /// Whether it goes on.
    pub running: bool,
    /// Done.
    pub done: Count,
    /// Of how many.
    pub all: Count,
}

/// Parameters of `what_if`.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct AskWhatIf {
    /// Of which traces.
    #[serde(default)]
    pub scope: CostScope,
    /// Provider of the other model.
    #[serde(default)]
    pub provider: Option<String>,
    /// The other model.
    pub model: String,
}

/// A scope priced with another model.
#[derive(Debug, Clone, Serialize, Type)]
pub struct WhatIf {
    /// The price of most calls; absent where the model has none.
    pub price: Option<PriceEntry>,
    /// What is known to be paid now.
    pub now: Option<Usd>,
    /// What the same runs would cost.
    pub then: Option<Usd>,
    /// What is in both, since it was not paid for tokens.
    pub unchanged: Usd,
    /// Runs whose cost of now is not known, and that neither sum holds.
    pub unknown_runs: Count,
    /// What those of them would cost that tell their tokens.
    pub unknown_then: Option<Usd>,
    /// The arithmetic over the sums of tokens, one for each step of the price that any run reaches.
    pub steps: Vec<WhatIfStep>,
    /// How far runs were looked through, where the kept sums do not tell.
    pub reach: Option<CostReach>,
}

/// The runs that one step of a price applies to, by the number of their input tokens.
#[derive(Debug, Clone, Serialize, Type)]
pub struct WhatIfStep {
    /// The price.
    pub price: PriceEntry,
    /// Runs.
    pub runs: Count,
    /// The arithmetic over their tokens.
    pub lines: Vec<CostLine>,
    /// Their sum, where it is known.
    pub total: Option<Usd>,
    /// What to know about it.
    pub notes: Vec<String>,
}
