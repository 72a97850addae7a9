//! The narrow row of a run, and the sums that lists show.

use model::{
    Bill, Cost, CostByClass, CostClass, CostOrigin, RunStatus, RunType, TokenClass, TokenDetails, TokenSide,
    UnixNanos, Usage,
};
use rusqlite::Row;

/// Flag: an outer model call already holds this run's usage (`otel-genai.md` E).
pub(crate) const FLAG_SHADOWED: i64 = 1;
/// Flag: the input did not name the trace; it was guessed from the parent or the run itself.
pub(crate) const FLAG_GUESSED: i64 = 2;
/// Flag: the usage of the run is an object in its metadata, which it may have inherited.
pub(crate) const FLAG_METADATA_USAGE: i64 = 4;

/// Flag: the metadata of the run say that it is part of a sub-agent.
pub(crate) const FLAG_SUBAGENT: i64 = 8;

/// Flag: nothing tells when the run started, and its start is when it arrived (`langsmith-api.md` §5.3).
pub(crate) const FLAG_ARRIVED: i64 = 16;

/// Flag: only updates are known of the run, and nothing that describes it.
pub(crate) const FLAG_UPDATES: i64 = 32;

/// Flag: the tags of the run, which names no parent, are those of its trace.
pub(crate) const FLAG_TRACE_TAGS: i64 = 64;

/// Id of a text in the dictionary.
pub(crate) type WordId = i64;

/// A run as it stands in its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredRun {
    pub(crate) uuid: [u8; 16],
    pub(crate) parent: Option<[u8; 16]>,
    pub(crate) start: Option<UnixNanos>,
    pub(crate) end: Option<UnixNanos>,
    pub(crate) first_token: Option<UnixNanos>,
    pub(crate) run_type: RunType,
    pub(crate) status: RunStatus,
    pub(crate) flags: i64,
    pub(crate) name: Option<WordId>,
    pub(crate) model: Option<WordId>,
    pub(crate) provider: Option<WordId>,
    pub(crate) project: Option<WordId>,
    pub(crate) thread: Option<WordId>,
    pub(crate) prompt_version: Option<WordId>,
    pub(crate) dialect: Option<WordId>,
    pub(crate) usage: Usage,
    pub(crate) user: Option<WordId>,
    pub(crate) labels: Option<WordId>,
    pub(crate) metadata_usage: Option<i64>,
    pub(crate) price: Option<WordId>,
    /// The sub-agent that its cost is counted under.
    pub(crate) agent: Option<WordId>,
    /// What its metadata say of its agent.
    pub(crate) agent_tags: Option<WordId>,
    /// Without its price, which is `price`.
    pub(crate) bill: Bill,
    /// What a run that is no model call tells of itself and everything below it ([`crate::sum`]). `usage` and `bill` hold it
    /// while it counts, and nothing while it does not.
    pub(crate) sum: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) source: i64,
    pub(crate) place: EntryPlace,
    pub(crate) records: i64,
    pub(crate) hash: Option<[u8; 16]>,
}

/// Where the entry of a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryPlace {
    pub(crate) block: i64,
    pub(crate) offset: i64,
    pub(crate) length: i64,
}

impl EntryPlace {
    /// From the columns `block, byte_offset, length`, the first of which is `first`.
    pub(crate) fn from_row(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        Ok(Self { block: row.get(first)?, offset: row.get(first + 1)?, length: row.get(first + 2)? })
    }
}

macro_rules! shown_columns {
    () => {
        "uuid, parent, start_ns, end_ns, first_token_ns, run_type, status, flags, name, model, provider, project, thread, \
         prompt_version, dialect, input_tokens, output_tokens, total_tokens, cache_read_tokens, cache_creation_tokens, \
         reasoning_tokens, cost_pico, error, detail, source, records, user, json_usage, cost_origin, cache_saved_pico, \
         cost_input_pico, cost_cache_read_pico, cost_cache_write_5m_pico, cost_cache_write_1h_pico, \
         cost_audio_input_pico, cost_image_input_pico, cost_output_pico, cost_reasoning_pico, cost_audio_output_pico, \
         cost_image_output_pico, cost_other_pico"
    };
}

/// Columns of what is shown of a run: [`RUN_COLUMNS`] but for place and hash.
pub(crate) const SHOWN_COLUMNS: &str = shown_columns!();

/// Columns in the order of [`StoredRun::from_row`].
pub(crate) const RUN_COLUMNS: &str = concat!(
    shown_columns!(),
    ", block, byte_offset, length, hash, labels, metadata_usage, price, agent, agent_tags, json_sum"
);

/// Place of `block` in [`RUN_COLUMNS`].
pub(crate) const PLACE_COLUMN: usize = 41;

/// [`RUN_COLUMNS`] one by one.
pub(crate) fn run_columns() -> impl Iterator<Item = &'static str> {
    RUN_COLUMNS.split(", ")
}

impl StoredRun {
    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            uuid: row.get(0)?,
            parent: row.get(1)?,
            start: row.get::<_, Option<i64>>(2)?.map(UnixNanos),
            end: row.get::<_, Option<i64>>(3)?.map(UnixNanos),
            first_token: row.get::<_, Option<i64>>(4)?.map(UnixNanos),
            run_type: run_type_from(row.get(5)?),
            status: status_from(row.get(6)?),
            flags: row.get(7)?,
            name: row.get(8)?,
            model: row.get(9)?,
            provider: row.get(10)?,
            project: row.get(11)?,
            thread: row.get(12)?,
            prompt_version: row.get(13)?,
            dialect: row.get(14)?,
            usage: usage_from(row, 15)?,
            bill: bill_from(row)?,
            error: row.get(22)?,
            detail: row.get(23)?,
            source: row.get(24)?,
            records: row.get(25)?,
            user: row.get(26)?,
            place: EntryPlace::from_row(row, PLACE_COLUMN)?,
            hash: row.get(44)?,
            labels: row.get(45)?,
            metadata_usage: row.get(46)?,
            price: row.get(47)?,
            agent: row.get(48)?,
            agent_tags: row.get(49)?,
            sum: row.get(50)?,
        })
    }

    /// Labels of which the tags are those of the whole trace, should the run be its root.
    pub(crate) fn trace_tags(&self) -> Option<WordId> {
        self.labels.filter(|_| self.flags & FLAG_TRACE_TAGS != 0)
    }

    /// Whether a sub-agent may begin at the run or below it.
    pub(crate) fn may_hold_agents(&self) -> bool {
        self.run_type == RunType::Tool || self.flags & FLAG_SUBAGENT != 0
    }

    /// Whether the run is a link in a chain of model calls.
    pub(crate) fn is_model_call(&self) -> bool {
        matches!(self.run_type, RunType::Llm | RunType::Embedding)
    }

    pub(crate) fn has_usage(&self) -> bool {
        !self.usage.is_empty()
    }

    /// Whether the run is no model call and tells tokens, which count only where nothing below tells its own.
    pub(crate) fn tells_sum(&self) -> bool {
        self.sum.is_some() || (!self.is_model_call() && self.has_usage())
    }

    /// Takes what the run tells as a sum out of its usage and cost.
    pub(crate) fn drop_sum(&mut self) {
        if self.sum.is_some() {
            self.usage = Usage::default();
            self.bill = Bill::default();
            self.price = None;
        }
    }

    pub(crate) fn is_shadowed(&self) -> bool {
        self.flags & FLAG_SHADOWED != 0
    }

    pub(crate) fn set_shadowed(&mut self, shadowed: bool) {
        self.flags = if shadowed { self.flags | FLAG_SHADOWED } else { self.flags & !FLAG_SHADOWED };
    }

    /// What the run adds to the roll-ups above it.
    pub(crate) fn contribution(&self) -> RollUp {
        let counted = !self.is_shadowed();
        let usage = if counted && self.has_usage() { self.usage.clone() } else { Usage::default() };
        let cost = self.bill.total().filter(|_| counted);
        let by_class = if cost.is_some() { self.bill.by_class } else { CostByClass::default() };
        let class = |class: CostClass| by_class.get(class).pico_usd;
        let tokens = |count: Option<u64>| count.and_then(|count| i64::try_from(count).ok()).unwrap_or(0);
        let detail = |class: TokenClass| tokens(usage.details.get(class));
        RollUp {
            runs: 1,
            errors: i64::from(self.status == RunStatus::Error),
            pending: i64::from(self.status == RunStatus::Pending),
            usage_runs: i64::from(!usage.is_empty()),
            input: tokens(usage.input),
            output: tokens(usage.output),
            total: tokens(usage.total()),
            cache_read: tokens(usage.cache_read),
            cache_creation: tokens(usage.cache_creation),
            reasoning: tokens(usage.reasoning),
            cost_runs: i64::from(cost.is_some()),
            cost_pico: cost.map_or(0, |cost| cost.pico_usd),
            cache_creation_1h: detail(TokenClass::CacheCreation1h),
            audio_input: detail(TokenClass::InputAudio),
            image_input: detail(TokenClass::InputImage) + detail(TokenClass::InputVideo),
            audio_output: detail(TokenClass::OutputAudio),
            image_output: detail(TokenClass::OutputImage),
            unpriced_runs: i64::from(counted && self.bill.origin.is_unknown()),
            cache_saved: if cost.is_some() { self.bill.cache_saved.pico_usd } else { 0 },
            cost_input: class(CostClass::Input),
            cost_cache_read: class(CostClass::CacheRead),
            cost_cache_write_5m: class(CostClass::CacheWrite5m),
            cost_cache_write_1h: class(CostClass::CacheWrite1h),
            cost_audio_input: class(CostClass::AudioInput),
            cost_image_input: class(CostClass::ImageInput),
            cost_output: class(CostClass::Output),
            cost_reasoning: class(CostClass::Reasoning),
            cost_audio_output: class(CostClass::AudioOutput),
            cost_image_output: class(CostClass::ImageOutput),
            cost_other: class(CostClass::Other),
        }
    }

    /// Order in which runs of a trace claim to be its root: without a parent first, then by start.
    pub(crate) fn root_rank(&self) -> RootRank {
        (self.parent.is_some(), self.start.map_or(i64::MAX, |start| start.0), self.uuid)
    }
}

/// See [`StoredRun::root_rank`].
pub(crate) type RootRank = (bool, i64, [u8; 16]);

/// Declares the sums once: field, column. Everything that reads or writes all of them follows this list; a new one
/// needs a migration, a line here and a line in [`StoredRun::contribution`].
macro_rules! roll_up {
    ($($field:ident: $column:literal,)+) => {
        /// Sums over runs. Tokens are sums of known counts; `usage_runs` and `cost_runs` tell unknown from zero.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub(crate) struct RollUp {
            $(pub(crate) $field: i64,)+
        }

        /// Columns of a roll-up in the order of [`RollUp::from_row`].
        pub(crate) const ROLL_UP_COLUMNS: [&str; [$($column),+].len()] = [$($column),+];

        impl RollUp {
            pub(crate) fn to_columns(self) -> [i64; ROLL_UP_COLUMNS.len()] {
                [$(self.$field),+]
            }

            pub(crate) fn from_columns([$($field),+]: [i64; ROLL_UP_COLUMNS.len()]) -> Self {
                Self { $($field),+ }
            }
        }
    };
}

roll_up! {
    runs: "runs",
    errors: "errors",
    pending: "pending",
    usage_runs: "usage_runs",
    input: "input_tokens",
    output: "output_tokens",
    total: "total_tokens",
    cache_read: "cache_read_tokens",
    cache_creation: "cache_creation_tokens",
    reasoning: "reasoning_tokens",
    cost_runs: "cost_runs",
    cost_pico: "cost_pico",
    cache_creation_1h: "cache_creation_1h_tokens",
    audio_input: "audio_input_tokens",
    image_input: "image_input_tokens",
    audio_output: "audio_output_tokens",
    image_output: "image_output_tokens",
    unpriced_runs: "unpriced_runs",
    cache_saved: "cache_saved_pico",
    cost_input: "cost_input_pico",
    cost_cache_read: "cost_cache_read_pico",
    cost_cache_write_5m: "cost_cache_write_5m_pico",
    cost_cache_write_1h: "cost_cache_write_1h_pico",
    cost_audio_input: "cost_audio_input_pico",
    cost_image_input: "cost_image_input_pico",
    cost_output: "cost_output_pico",
    cost_reasoning: "cost_reasoning_pico",
    cost_audio_output: "cost_audio_output_pico",
    cost_image_output: "cost_image_output_pico",
    cost_other: "cost_other_pico",
}

/// `columns` of a table, to be selected where other tables have columns of the same name.
pub(crate) fn qualified<'c>(table: &str, columns: impl IntoIterator<Item = &'c str>) -> String {
    let columns: Vec<_> = columns.into_iter().map(|column| format!("{table}.{column}")).collect();
    columns.join(", ")
}

/// What `write` makes of each column and its numbered parameter (`?4`), the first of which is `first`.
pub(crate) fn numbered<'c>(
    columns: impl IntoIterator<Item = &'c str>,
    first: usize,
    write: impl Fn(&str, &str) -> String,
) -> String {
    let written: Vec<_> = columns
        .into_iter()
        .zip(first..)
        .map(|(column, number)| write(column, &format!("?{number}")))
        .collect();
    written.join(", ")
}

impl RollUp {
    pub(crate) fn from_row(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        let mut columns = [0; ROLL_UP_COLUMNS.len()];
        for (place, column) in columns.iter_mut().zip(first..) {
            *place = row.get(column)?;
        }
        Ok(Self::from_columns(columns))
    }

    fn combine(self, other: Self, with: impl Fn(i64, i64) -> i64) -> Self {
        let (left, right) = (self.to_columns(), other.to_columns());
        Self::from_columns(std::array::from_fn(|index| with(left[index], right[index])))
    }

    /// The usage that the sums stand for; classes nobody reported are unknown.
    pub(crate) fn usage(&self) -> Usage {
        if self.usage_runs == 0 {
            return Usage::default();
        }
        let known = |count: i64| u64::try_from(count).ok().filter(|count| *count > 0);
        let total = u64::try_from(self.total).ok();
        Usage {
            input: known(self.input).or(Some(0).filter(|_| self.output > 0)),
            output: known(self.output).or(Some(0).filter(|_| self.input > 0)),
            total,
            cache_read: known(self.cache_read),
            cache_creation: known(self.cache_creation),
            reasoning: known(self.reasoning),
            details: TokenDetails::from_iter([
                (TokenClass::CacheCreation1h, known(self.cache_creation_1h).unwrap_or(0)),
                (TokenClass::InputAudio, known(self.audio_input).unwrap_or(0)),
                (TokenClass::InputImage, known(self.image_input).unwrap_or(0)),
                (TokenClass::OutputAudio, known(self.audio_output).unwrap_or(0)),
                (TokenClass::OutputImage, known(self.image_output).unwrap_or(0)),
            ]),
            rejected: false,
        }
    }

    /// The costs by class.
    pub(crate) fn by_class(&self) -> CostByClass {
        let mut by_class = CostByClass::default();
        for (class, pico_usd) in [
            (CostClass::Input, self.cost_input),
            (CostClass::CacheRead, self.cost_cache_read),
            (CostClass::CacheWrite5m, self.cost_cache_write_5m),
            (CostClass::CacheWrite1h, self.cost_cache_write_1h),
            (CostClass::AudioInput, self.cost_audio_input),
            (CostClass::ImageInput, self.cost_image_input),
            (CostClass::Output, self.cost_output),
            (CostClass::Reasoning, self.cost_reasoning),
            (CostClass::AudioOutput, self.cost_audio_output),
            (CostClass::ImageOutput, self.cost_image_output),
            (CostClass::Other, self.cost_other),
        ] {
            by_class.add(class, Cost { pico_usd });
        }
        by_class
    }

    /// Whether the sums say anything of cost.
    pub(crate) fn spends(&self) -> bool {
        self.usage_runs != 0 || self.cost_runs != 0 || self.unpriced_runs != 0
    }

    pub(crate) fn cost(&self) -> Option<Cost> {
        (self.cost_runs > 0).then_some(Cost { pico_usd: self.cost_pico })
    }
}

impl std::ops::Add for RollUp {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.combine(other, i64::saturating_add)
    }
}

impl std::ops::Sub for RollUp {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.combine(other, i64::saturating_sub)
    }
}

/// Usage from six columns, the first of which is `first`.
pub(crate) fn usage_from(row: &Row<'_>, first: usize) -> rusqlite::Result<Usage> {
    let tokens = |column: usize| {
        row.get::<_, Option<i64>>(column).map(|count| count.and_then(|count| u64::try_from(count).ok()))
    };
    Ok(Usage {
        input: tokens(first)?,
        output: tokens(first + 1)?,
        total: tokens(first + 2)?,
        cache_read: tokens(first + 3)?,
        cache_creation: tokens(first + 4)?,
        reasoning: tokens(first + 5)?,
        details: details_from(row.get_ref(JSON_USAGE_COLUMN)?.as_str_or_null()?),
        rejected: false,
    })
}

/// Places of columns in [`SHOWN_COLUMNS`].
const COST_COLUMN: usize = 21;
const JSON_USAGE_COLUMN: usize = 27;
const ORIGIN_COLUMN: usize = 28;

/// A class of tokens by the name that [`class_name`] gave it.
pub(crate) fn class_of(name: &str) -> Option<TokenClass> {
    match name.strip_prefix("output.") {
        Some(name) => TokenClass::parse(TokenSide::Output, name),
        None => TokenClass::parse(TokenSide::Input, name),
    }
}

/// Classes of the input by their names, those of the output behind `output.`.
pub(crate) fn class_name(class: TokenClass) -> String {
    match class.side() {
        TokenSide::Input => class.name().to_owned(),
        TokenSide::Output => format!("output.{}", class.name()),
    }
}

/// Details as they stand in `json_usage`, by [`class_name`].
pub(crate) fn details_from(json: Option<&str>) -> TokenDetails {
    let counts: std::collections::BTreeMap<&str, u64> =
        json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    counts.into_iter().filter_map(|(name, count)| Some((class_of(name)?, count))).collect()
}

/// See [`details_from`].
pub(crate) fn details_to(details: &TokenDetails) -> Option<String> {
    let counts: std::collections::BTreeMap<String, u64> =
        details.iter().map(|(class, count)| (class_name(class), count)).collect();
    (!counts.is_empty()).then(|| serde_json::to_string(&counts).unwrap_or_default())
}

/// The bill of a run, without its price.
pub(crate) fn bill_from(row: &Row<'_>) -> rusqlite::Result<Bill> {
    let origin = origin_from(row.get(ORIGIN_COLUMN)?);
    let mut bill = Bill { origin, ..Bill::default() };
    if row.get::<_, Option<i64>>(COST_COLUMN)?.is_none() {
        return Ok(bill);
    }
    let cost = |column: usize| {
        row.get::<_, Option<i64>>(column).map(|pico_usd| Cost { pico_usd: pico_usd.unwrap_or(0) })
    };
    bill.cache_saved = cost(ORIGIN_COLUMN + 1)?;
    for (class, column) in CostClass::ALL.into_iter().zip(ORIGIN_COLUMN + 2..) {
        bill.by_class.add(class, cost(column)?);
    }
    Ok(bill)
}

pub(crate) fn origin_to(origin: CostOrigin) -> i64 {
    match origin {
        CostOrigin::None => 0,
        CostOrigin::Given => 1,
        CostOrigin::Computed => 2,
        CostOrigin::Mixed => 3,
        CostOrigin::Unpriced => 4,
        CostOrigin::SumOnly => 5,
        CostOrigin::BadCount => 6,
    }
}

pub(crate) fn origin_from(stored: i64) -> CostOrigin {
    CostOrigin::ALL.into_iter().find(|origin| origin_to(*origin) == stored).unwrap_or_default()
}

pub(crate) fn run_type_to(run_type: RunType) -> i64 {
    match run_type {
        RunType::Llm => 0,
        RunType::Tool => 1,
        RunType::Chain => 2,
        RunType::Retriever => 3,
        RunType::Embedding => 4,
        RunType::Prompt => 5,
        RunType::Parser => 6,
    }
}

pub(crate) fn run_type_from(stored: i64) -> RunType {
    RunType::ALL.into_iter().find(|run_type| run_type_to(*run_type) == stored).unwrap_or_default()
}

pub(crate) fn status_to(status: RunStatus) -> i64 {
    match status {
        RunStatus::Pending => 0,
        RunStatus::Success => 1,
        RunStatus::Error => 2,
        RunStatus::Interrupted => 3,
    }
}

pub(crate) fn status_from(stored: i64) -> RunStatus {
    RunStatus::ALL.into_iter().find(|status| status_to(*status) == stored).unwrap_or(RunStatus::Pending)
}
