//! Which of the candidates are drawn (`annotation-ux.md` §5).

use std::collections::HashSet;

use ::review::{Sampled, sample};
use store::{Candidate, ReviewTarget};
use uuid::Uuid;

use super::fill::Fill;

/// Identity by which a candidate is drawn: the run, or a hash of the thread.
fn drawn_by(target: &ReviewTarget) -> Uuid {
    match target {
        ReviewTarget::Run(_, run) | ReviewTarget::Trace(_, run) => run.0,
        ReviewTarget::Pair([a, b]) => Uuid::from_u128(a.1.0.as_u128() ^ b.1.0.as_u128().rotate_left(1)),
        ReviewTarget::Thread { project, thread } => Uuid::new_v5(project, thread.as_bytes()),
    }
}

pub(super) fn draw(all: Vec<Candidate>, fill: &Fill) -> Vec<Candidate> {
    let mut threads = HashSet::new();
    let mut versions = HashSet::new();
    let fits: Vec<Candidate> = all
        .into_iter()
        .filter(|candidate| {
            let new_thread = candidate.thread.as_ref().is_none_or(|thread| threads.insert(thread.clone()));
            let new_version =
                candidate.prompt_version.as_ref().is_none_or(|version| versions.insert(version.clone()));
            (!fill.one_per_thread || new_thread) && (!fill.one_per_prompt_version || new_version)
        })
        .collect();
    let Some(wanted) = fill.sample else { return fits };
    let from: Vec<Sampled> = fits
        .iter()
        .map(|candidate| Sampled {
            id: drawn_by(&candidate.target),
            start: candidate.start,
            stratum: candidate.stratum.clone(),
            weight: candidate.weight,
        })
        .collect();
    let drawn: HashSet<usize> = sample(&from, wanted).into_iter().collect();
    fits.into_iter()
        .enumerate()
        .filter(|(index, _)| drawn.contains(index))
        .map(|(_, candidate)| candidate)
        .collect()
}
