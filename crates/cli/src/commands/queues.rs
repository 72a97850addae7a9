use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand, ValueEnum};
use engine::{
    Engine, Fill, FillResult, FillSource, ItemBucket, QueueKind, QueueView, SaveQueue, Seat, TraceFilter,
    rules::{
        Blind, Category, Direction, Key, KeyType, OrderMode, QueueSettings, RubricItem, Sample, SampleMethod,
        TargetLevel,
    },
};
use model::RunStatus;
use serde_json::{Value, json};

use super::{dash, time};
use crate::output;

/// Annotation queues: what waits for people to judge it.
#[derive(Subcommand)]
pub(crate) enum Queues {
    /// List the queues with how far they are
    List {
        /// Those that were put away as well
        #[arg(long)]
        archived: bool,
    },
    /// Show a queue with its rubric and items
    Show {
        /// Name or id
        queue: String,
        /// Items at most
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Make a queue
    Create(Create),
    /// Add items to a queue
    Add(Add),
}

#[derive(Args)]
pub(crate) struct Create {
    /// Its name
    name: String,
    /// What it is for
    #[arg(long)]
    description: Option<String>,
    /// File with what reviewers are told, in Markdown
    #[arg(long, value_name = "FILE")]
    instructions: Option<PathBuf>,
    /// A required key: the name of one that exists, or KEY=LABEL:SCORE,LABEL:SCORE to define it as a choice
    #[arg(long = "key", value_name = "KEY")]
    keys: Vec<String>,
    /// File with the whole rubric, a JSON array as LangSmith's `rubric_items`
    #[arg(long, value_name = "FILE", conflicts_with = "keys")]
    rubric: Option<PathBuf>,
    /// Show two runs at once
    #[arg(long)]
    pairwise: bool,
    /// What the items are
    #[arg(long, value_enum, default_value_t = Level::Run)]
    level: Level,
    /// Order of the items
    #[arg(long, value_enum, default_value_t = Order::Added)]
    order: Order,
    /// Seed of the order and of the sides of pairs
    #[arg(long, default_value_t = 0)]
    seed: u32,
    /// Reviews that an item needs
    #[arg(long, default_value_t = 1)]
    reviewers: u32,
    /// What is hidden from reviewers
    #[arg(long, value_enum, default_value_t = Hidden::Reviewers)]
    blind: Hidden,
}

#[derive(Clone, Copy, ValueEnum)]
enum Level {
    Run,
    Trace,
    Thread,
}

#[derive(Clone, Copy, ValueEnum)]
enum Order {
    Added,
    Newest,
    Oldest,
    Random,
    Interleave,
    Priority,
    Uncertainty,
    Thread,
    Shortest,
    Longest,
}

#[derive(Clone, Copy, ValueEnum)]
enum Hidden {
    None,
    Reviewers,
    ReviewersAndModels,
    Full,
}

#[derive(Args)]
pub(crate) struct Add {
    /// Name or id of the queue
    queue: String,
    /// These runs
    #[arg(long = "run", value_name = "RUN", group = "what")]
    runs: Vec<String>,
    /// These traces
    #[arg(long = "trace", value_name = "TRACE", group = "what")]
    traces: Vec<String>,
    /// A file of JSON lines: run_id, trace_id or thread_id, or items of their own with inputs and outputs
    #[arg(long, value_name = "FILE", group = "what")]
    file: Option<PathBuf>,
    /// Runs that match a filter in LangSmith's language, such as eq(run_type, "llm")
    #[arg(long, value_name = "FILTER", group = "what")]
    filter: Option<String>,
    /// Two projects whose traces are paired (pairwise queues)
    #[arg(long, value_name = "PROJECT", num_args = 2, group = "what")]
    projects: Vec<String>,
    /// Of this project only
    #[arg(long)]
    project: Option<String>,
    /// Failed traces only
    #[arg(long)]
    failed: bool,
    /// A sample of so many instead of all
    #[arg(long, value_name = "N")]
    sample: Option<u32>,
    /// Seed of the sample
    #[arg(long, default_value_t = 0)]
    seed: u32,
    /// At most one of each thread
    #[arg(long)]
    one_per_thread: bool,
    /// None that has feedback of this key
    #[arg(long, value_name = "KEY")]
    not_labelled_with: Option<String>,
    /// Only say what would be added
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(engine: &Engine, queues: &Queues, as_json: bool) -> anyhow::Result<ExitCode> {
    let seat = engine.seat(None, "command-line".to_owned())?;
    match queues {
        Queues::List { archived } => list(engine, *archived, &seat, as_json),
        Queues::Show { queue, limit } => show(engine, queue, *limit, &seat, as_json),
        Queues::Create(new) => create(engine, new, &seat, as_json),
        Queues::Add(add) => add_items(engine, add, &seat, as_json),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn kind(view: &QueueView) -> &'static str {
    match view.queue.kind {
        QueueKind::Single => "single",
        QueueKind::Pairwise => "pairwise",
    }
}

fn queue_json(view: &QueueView) -> Value {
    let counts = view.counts;
    json!({
        "id": view.queue.id,
        "name": view.queue.name,
        "description": view.queue.description,
        "kind": kind(view),
        "target_level": view.settings.target_level,
        "keys": view.rubric.iter().map(|item| &item.feedback_key).collect::<Vec<_>>(),
        "rubric_version": view.queue.rubric_version,
        "num_reviewers_per_item": view.settings.num_reviewers_per_item,
        "created_at": time(Some(view.queue.created)),
        "archived": view.queue.archived.is_some(),
        "items": counts.total,
        "to_review": counts.to_review,
        "submitted": counts.submitted,
        "skipped": counts.skipped,
        "discarded": counts.discarded,
        "needs_others": counts.needs_others,
        "in_conflict": counts.in_conflict,
        "completed": counts.completed,
        "median_active_ms": counts.pace.map(|pace| pace.per_item_ms),
    })
}

fn row(view: &QueueView) -> Vec<String> {
    vec![
        view.queue.id.to_string(),
        view.counts.total.to_string(),
        view.counts.to_review.to_string(),
        view.counts.completed.to_string(),
        view.counts.in_conflict.to_string(),
        view.queue.name.clone(),
    ]
}

fn list(engine: &Engine, archived: bool, seat: &Seat, as_json: bool) -> anyhow::Result<()> {
    let views = engine.queue_views(None, archived, seat)?;
    if as_json {
        output::json(&json!({ "queues": views.iter().map(queue_json).collect::<Vec<_>>() }));
    } else if views.is_empty() {
        output::note("There are no queues yet. Make one with `tracemark queues create NAME`.");
    } else {
        let head =
            ["QUEUE", "ITEMS", "TO REVIEW", "COMPLETED", "CONFLICTS", "NAME"].map(str::to_owned).to_vec();
        let rows: Vec<Vec<String>> = std::iter::once(head).chain(views.iter().map(row)).collect();
        output::table(&rows);
    }
    Ok(())
}

/// The queue of this id or name.
fn find(engine: &Engine, named: &str, seat: &Seat) -> anyhow::Result<QueueView> {
    let views = engine.queue_views(None, true, seat)?;
    let by_id = views.iter().find(|view| view.queue.id.to_string() == named.trim().to_lowercase());
    if let Some(view) = by_id {
        return Ok(view.clone());
    }
    let by_name: Vec<&QueueView> = views.iter().filter(|view| view.queue.name == named).collect();
    match by_name.as_slice() {
        [one] => Ok((*one).clone()),
        [] => bail!("there is no queue {named}"),
        many => bail!("{} queues are named {named}; name one by its id: {}", many.len(), many[0].queue.id),
    }
}

fn show(engine: &Engine, named: &str, limit: u32, seat: &Seat, as_json: bool) -> anyhow::Result<()> {
    let view = find(engine, named, seat)?;
    let filter = engine::ItemFilter { bucket: ItemBucket::All, ..engine::ItemFilter::default() };
    let (items, total, _) = engine.review_items(view.queue.id, &filter, 0, limit.max(1), seat)?;
    if as_json {
        let item = |item: &engine::ItemView| {
            json!({
                "id": item.row.id,
                "position": item.row.position,
                "state": item.row.state.as_str(),
                "name": item.row.name,
                "input": item.row.input_preview,
                "missing": item.row.missing,
                "added_at": time(Some(item.row.added)),
                "submitted_at": time(item.row.submitted),
            })
        };
        let mut queue = queue_json(&view);
        queue["instructions"] = json!(view.queue.instructions);
        queue["rubric"] = serde_json::to_value(&view.rubric)?;
        queue["settings"] = serde_json::to_value(&view.settings)?;
        queue["total"] = json!(total);
        queue["rows"] = items.iter().map(item).collect();
        output::json(&queue);
        return Ok(());
    }
    output::line(format!("{} ({}, rubric {})", view.queue.name, kind(&view), view.queue.rubric_version));
    for (item, (key, answers)) in view.rubric.iter().zip(&view.keys) {
        let required = if item.is_required { ", required" } else { "" };
        output::line(format!("  {}: {} answers{required}", key.key, answers.unwrap_or(0)));
    }
    let counts = view.counts;
    output::line(format!(
        "{} items: {} to review, {} submitted, {} skipped, {} completed, {} in conflict",
        counts.total,
        counts.to_review,
        counts.submitted,
        counts.skipped,
        counts.completed,
        counts.in_conflict
    ));
    let mut rows = vec![["#", "STATE", "ITEM", "NAME"].map(str::to_owned).to_vec()];
    rows.extend(items.iter().map(|item| {
        vec![
            item.row.position.to_string(),
            item.row.state.as_str().to_owned(),
            item.row.id.to_string(),
            dash(item.row.name.as_deref()),
        ]
    }));
    output::table(&rows);
    if total > items.len() as u64 {
        output::note(format!("{} more; see them with --limit", total - items.len() as u64));
    }
    Ok(())
}

/// `KEY`, or `KEY=LABEL:SCORE,LABEL:SCORE` which defines it.
fn question(engine: &Engine, text: &str) -> anyhow::Result<RubricItem> {
    let (key, choices) = text.split_once('=').map_or((text, None), |(key, choices)| (key, Some(choices)));
    if let Some(choices) = choices {
        let categories = choices
            .split(',')
            .map(|choice| {
                let (label, score) = choice
                    .rsplit_once(':')
                    .with_context(|| format!("the choice {choice} is not written LABEL:SCORE"))?;
                let value =
                    score.trim().parse().with_context(|| format!("the score {score} is no number"))?;
                Ok(Category { value: Some(value), label: label.trim().to_owned(), ..Category::default() })
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        engine.save_feedback_key(&Key {
            key_type: KeyType::Categorical,
            categories,
            direction: Direction::HigherBetter,
            ..Key::undefined(key.trim())
        })?;
    } else if engine.feedback_config(key.trim())?.is_none() {
        bail!("there is no key {key}; define it as {key}=Pass:1,Fail:0");
    }
    Ok(RubricItem { is_required: true, ..RubricItem::new(key.trim()) })
}

fn create(engine: &Engine, new: &Create, seat: &Seat, as_json: bool) -> anyhow::Result<()> {
    let read =
        |path: &PathBuf| fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
    let rubric = match &new.rubric {
        Some(path) => serde_json::from_str(&read(path)?)
            .with_context(|| format!("{} holds no rubric", path.display()))?,
        None => new.keys.iter().map(|key| question(engine, key)).collect::<anyhow::Result<Vec<_>>>()?,
    };
    let id = engine.save_queue(SaveQueue {
        name: new.name.clone(),
        description: new.description.clone(),
        kind: if new.pairwise { QueueKind::Pairwise } else { QueueKind::Single },
        instructions: new.instructions.as_ref().map(read).transpose()?,
        rubric,
        settings: QueueSettings {
            target_level: match new.level {
                Level::Run => TargetLevel::Run,
                Level::Trace => TargetLevel::Trace,
                Level::Thread => TargetLevel::Thread,
            },
            order_mode: match new.order {
                Order::Added => OrderMode::Added,
                Order::Newest => OrderMode::Newest,
                Order::Oldest => OrderMode::Oldest,
                Order::Random => OrderMode::Random,
                Order::Interleave => OrderMode::Interleave,
                Order::Priority => OrderMode::Priority,
                Order::Uncertainty => OrderMode::Uncertainty,
                Order::Thread => OrderMode::Thread,
                Order::Shortest => OrderMode::Shortest,
                Order::Longest => OrderMode::Longest,
            },
            order_seed: new.seed,
            num_reviewers_per_item: Some(new.reviewers),
            blind: match new.blind {
                Hidden::None => Blind::None,
                Hidden::Reviewers => Blind::Reviewers,
                Hidden::ReviewersAndModels => Blind::ReviewersAndModels,
                Hidden::Full => Blind::Full,
            },
            ..QueueSettings::default()
        },
        ..SaveQueue::default()
    })?;
    let view = engine.queue_view(id, seat)?;
    if as_json {
        output::json(&queue_json(&view));
    } else {
        output::line(id.to_string());
    }
    Ok(())
}

fn source(engine: &Engine, add: &Add) -> anyhow::Result<FillSource> {
    if !add.runs.is_empty() {
        let run = |text: &String| {
            let id: model::RunId = text.parse().with_context(|| format!("{text} is no run id"))?;
            Ok((engine.trace_of_run(id)?, id))
        };
        return Ok(FillSource::Runs(add.runs.iter().map(run).collect::<anyhow::Result<_>>()?));
    }
    if !add.traces.is_empty() {
        let trace = |text: &String| text.parse().with_context(|| format!("{text} is no trace id"));
        return Ok(FillSource::Traces(add.traces.iter().map(trace).collect::<anyhow::Result<_>>()?));
    }
    if let Some(path) = &add.file {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        return Ok(FillSource::File(name, text));
    }
    if let Some(filter) = &add.filter {
        return Ok(FillSource::Search(add.project.clone(), filter.clone()));
    }
    if let [a, b] = add.projects.as_slice() {
        return Ok(FillSource::Projects(a.clone(), b.clone()));
    }
    if add.project.is_none() && !add.failed {
        bail!("say what to add: --run, --trace, --file, --filter, --projects, --project or --failed");
    }
    Ok(FillSource::Filter(TraceFilter {
        project: add.project.clone(),
        status: add.failed.then_some(RunStatus::Error),
        ..TraceFilter::default()
    }))
}

fn add_items(engine: &Engine, add: &Add, seat: &Seat, as_json: bool) -> anyhow::Result<()> {
    let fill = Fill {
        queue: find(engine, &add.queue, seat)?.queue.id,
        source: source(engine, add)?,
        sample: add.sample.map(|count| Sample {
            count: count as usize,
            seed: add.seed,
            method: SampleMethod::Uniform,
        }),
        one_per_thread: add.one_per_thread,
        one_per_prompt_version: false,
        not_labelled_with: add.not_labelled_with.clone(),
    };
    let result: FillResult =
        if add.dry_run { engine.preview_fill(&fill, seat)? } else { engine.fill_queue_with(&fill, seat)? };
    if as_json {
        output::json(&json!({
            "matching": result.matching, "chosen": result.chosen, "added": result.added, "already": result.already,
            "refused": result.refused, "problems": result.problems, "examples": result.examples,
            "estimated_seconds": result.estimated_seconds, "dry_run": add.dry_run,
        }));
        return Ok(());
    }
    let would = if add.dry_run { "would be added" } else { "added" };
    output::line(format!("{} {would}, {} already in queue", result.added, result.already));
    for problem in &result.problems {
        output::note(problem);
    }
    Ok(())
}
