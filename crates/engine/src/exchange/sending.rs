//! Sending feedback in the background, so that a window can show how far it is and stop it.

use std::{
    ops::ControlFlow,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use super::{ExportOptions, FeedbackScope, SendSummary, SendTarget};
use crate::{Engine, Error, error::Result};

/// What takes feedback.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SendProtocol {
    /// A server of LangSmith's protocol.
    #[default]
    Langsmith,
    /// An OTLP endpoint, which gets log records.
    Otlp,
}

/// How sending stands, or how the last one ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SendStatus {
    /// Sending.
    pub running: bool,
    /// To what.
    pub protocol: SendProtocol,
    /// To which address.
    pub url: String,
    /// Looked at.
    pub done: u64,
    /// In all; zero before the first.
    pub total: u64,
    /// What was sent, once it has ended.
    pub summary: Option<SendSummary>,
    /// Why it ended early. Sending again goes on from there.
    pub error: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Sending {
    status: Mutex<SendStatus>,
    cancelled: AtomicBool,
}

impl Sending {
    fn update(&self, change: impl FnOnce(&mut SendStatus)) -> SendStatus {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut status);
        status.clone()
    }
}

impl Engine {
    /// Starts sending; answers at once. While something is sent, nothing else is.
    pub fn start_sending(
        &self,
        protocol: SendProtocol,
        scope: FeedbackScope,
        options: ExportOptions,
        target: SendTarget,
    ) -> Result<SendStatus> {
        let mut starts = false;
        let status = self.sending.update(|status| {
            starts = !status.running;
            if starts {
                let url = target.url.trim().to_owned();
                *status = SendStatus { running: true, protocol, url, ..SendStatus::default() };
                self.sending.cancelled.store(false, Ordering::Relaxed);
            }
        });
        if !starts {
            return Err(Error::InvalidInput(format!("Feedback is being sent to {}", status.url)));
        }
        let engine = self.shared()?;
        let spawned = thread::Builder::new()
            .name("send feedback".to_owned())
            .spawn(move || engine.run_sending(protocol, &scope, options, &target));
        if let Err(source) = spawned {
            self.sending.update(|status| status.running = false);
            return Err(Error::Io { action: "start a thread for", path: "sending".to_owned(), source });
        }
        Ok(status)
    }

    fn run_sending(
        &self,
        protocol: SendProtocol,
        scope: &FeedbackScope,
        options: ExportOptions,
        target: &SendTarget,
    ) {
        let mut on_progress = |progress: super::SendProgress| {
            self.sending.update(|status| {
                status.done = progress.done;
                status.total = progress.total;
            });
            if self.sending.cancelled.load(Ordering::Relaxed) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let result = match protocol {
            SendProtocol::Langsmith => self.post_feedback(scope, options, target, &mut on_progress),
            SendProtocol::Otlp => self.send_evaluations(scope, options, target, &mut on_progress),
        };
        self.sending.update(|status| {
            status.running = false;
            match result {
                Ok(summary) => status.summary = Some(summary),
                Err(error) => status.error = Some(error.to_string()),
            }
        });
    }

    /// How sending stands, or how the last one ended.
    pub fn send_status(&self) -> SendStatus {
        self.sending.update(|_| {})
    }

    /// Stops sending after what is under way; sending again goes on from there.
    pub fn cancel_sending(&self) -> SendStatus {
        self.sending.cancelled.store(true, Ordering::Relaxed);
        self.send_status()
    }
}
