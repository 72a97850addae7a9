//! The narrow row of a run, and the sums that lists show.

use model::{Cost, RunStatus, RunType, UnixNanos, Usage};
use rusqlite::Row;

/// Flag: an outer model call already holds this run's usage (`otel-genai.md` E).
pub(crate) const FLAG_SHADOWED: i64 = 1;
/// Flag: the input did not name the trace; it was guessed from the parent or the run itself.
pub(crate) const FLAG_GUESSED: i64 = 2;

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
    pub(crate) cost: Option<Cost>,
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
         reasoning_tokens, cost_pico, error, detail, source, records"
    };
}

/// Columns of what is shown of a run: [`RUN_COLUMNS`] but for place and hash.
pub(crate) const SHOWN_COLUMNS: &str = shown_columns!();

/// Columns in the order of [`StoredRun::from_row`].
pub(crate) const RUN_COLUMNS: &str = concat!(shown_columns!(), ", block, byte_offset, length, hash");

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
            cost: row.get::<_, Option<i64>>(21)?.map(|pico_usd| Cost { pico_usd }),
            error: row.get(22)?,
            detail: row.get(23)?,
            source: row.get(24)?,
            records: row.get(25)?,
            place: EntryPlace::from_row(row, 26)?,
            hash: row.get(29)?,
        })
    }

    /// Whether the run is a link in a chain of model calls.
    pub(crate) fn is_model_call(&self) -> bool {
        matches!(self.run_type, RunType::Llm | RunType::Embedding)
    }

    pub(crate) fn has_usage(&self) -> bool {
        self.run_type.carries_usage() && !self.usage.is_empty()
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
        let cost = self
            .cost
            .filter(|_| counted && (self.run_type.carries_usage() || self.run_type == RunType::Tool));
        let tokens = |count: Option<u64>| count.and_then(|count| i64::try_from(count).ok()).unwrap_or(0);
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

            fn from_columns([$($field),+]: [i64; ROLL_UP_COLUMNS.len()]) -> Self {
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
            ..Usage::default()
        }
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
        ..Usage::default()
    })
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
