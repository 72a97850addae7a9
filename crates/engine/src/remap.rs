//! Reading the whole library again in the background, by the rules of this version.

use std::{
    sync::{
        PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use store::Remapped;

use crate::{Engine, Error, error::Result};

/// How reading again stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemapStatus {
    /// Reading.
    pub running: bool,
    /// Traces that were read.
    pub done: u64,
    /// Traces in all; zero before the first is read.
    pub total: u64,
    /// What changed, once it has ended; of one that was stopped, what changed until then.
    pub report: Option<Remapped>,
    /// It was stopped before its end; traces that were read stay as they are now.
    pub cancelled: bool,
    /// Why it ended early.
    pub error: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Remapping {
    status: std::sync::Mutex<RemapStatus>,
    cancelled: AtomicBool,
}

impl Remapping {
    fn update(&self, change: impl FnOnce(&mut RemapStatus)) -> RemapStatus {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut status);
        status.clone()
    }
}

impl Engine {
    /// Starts reading every trace again; answers at once. One that runs goes on.
    pub fn start_remap(&self) -> Result<RemapStatus> {
        let mut starts = false;
        let status = self.remapping.update(|status| {
            starts = !status.running;
            if starts {
                *status = RemapStatus { running: true, ..RemapStatus::default() };
                self.remapping.cancelled.store(false, Ordering::Relaxed);
            }
        });
        if starts {
            let engine = self.shared()?;
            let spawned = thread::Builder::new().name("remap".to_owned()).spawn(move || engine.run_remap());
            if let Err(source) = spawned {
                self.remapping.update(|status| status.running = false);
                return Err(Error::Io {
                    action: "start a thread for",
                    path: "reading again".to_owned(),
                    source,
                });
            }
        }
        Ok(status)
    }

    fn run_remap(&self) {
        let result = self.remap(&mut |done, total| {
            self.remapping.update(|status| {
                status.done = done;
                status.total = total;
            });
            !self.remapping.cancelled.load(Ordering::Relaxed)
        });
        let cancelled = self.remapping.cancelled.load(Ordering::Relaxed);
        self.remapping.update(|status| {
            status.running = false;
            status.cancelled = cancelled && status.done < status.total;
            match result {
                Ok(report) => status.report = Some(report),
                Err(error) => status.error = Some(error.to_string()),
            }
        });
    }

    /// How reading again stands, or how the last one ended.
    pub fn remap_status(&self) -> RemapStatus {
        self.remapping.update(|_| {})
    }

    /// Stops reading again soon; what was read stays as it is now.
    pub fn cancel_remap(&self) -> RemapStatus {
        self.remapping.cancelled.store(true, Ordering::Relaxed);
        self.remap_status()
    }
}
