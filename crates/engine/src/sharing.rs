//! Tokens of threads, and what a token of any kind opens. Nothing is published: it is read on this machine only.

use model::RunId;
use store::{RunQuery, Shared};
use uuid::Uuid;

use crate::{Engine, error::Result, now};

impl Engine {
    /// The token under which a thread may be read; one is made when there is none.
    pub fn share_thread(&self, project: Uuid, thread: String) -> Result<Uuid> {
        Ok(self.store.share(Shared::Thread { project, thread }, None, now())?)
    }

    /// The token under which a thread may be read, if it has one.
    pub fn thread_share_token(&self, project: Uuid, thread: String) -> Result<Option<Uuid>> {
        Ok(self.store.share_token(&Shared::Thread { project, thread })?)
    }

    /// Takes the token of a thread away; nothing happens when it has none.
    pub fn unshare_thread(&self, project: Uuid, thread: String) -> Result<()> {
        Ok(self.store.unshare(&Shared::Thread { project, thread })?)
    }

    /// All runs that a token opens, or these of them; the latest first.
    pub fn shared_runs(&self, token: Uuid, ids: Vec<RunId>) -> Result<RunQuery> {
        let all = RunQuery { ids, limit: u32::MAX - 1, ..RunQuery::default() };
        match self.store.shared(token)? {
            Shared::Trace(trace_id) => Ok(RunQuery { trace: Some(trace_id), ..all }),
            Shared::Thread { project, thread } => {
                Ok(RunQuery { projects: vec![project], thread: Some(thread), ..all })
            }
            Shared::Dataset(_) => {
                Err(store::Error::NotFound { what: "shared trace", id: token.to_string() }.into())
            }
        }
    }
}
