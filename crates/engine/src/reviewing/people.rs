//! Reviewers: local identities, one of which sits here.

use store::{Error as StoreError, Reviewer, ReviewerKind};
use uuid::Uuid;

use super::Seat;
use crate::{Engine, Error, Event, REVIEWER, error::Result, now};

/// Where the library keeps who sits here.
const CURRENT: &str = "reviewer";
/// Characters of a name at most.
const MOST_CHARS: usize = 200;

impl Engine {
    /// Everybody who judges, those who are offered first.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method's lifetime is not general enough"
    )]
    pub fn reviewers(&self) -> Result<Vec<Reviewer>> {
        Ok(self.store.review_state(|state| state.reviewers())?)
    }

    /// Who sits here: the one that was chosen, else the person that the library belongs to.
    pub fn current_reviewer(&self) -> Result<Uuid> {
        let owner = Uuid::try_parse(REVIEWER).unwrap_or_default();
        let chosen = self.store.setting(CURRENT)?.and_then(|text| Uuid::try_parse(&text).ok());
        let reviewers = self.reviewers()?;
        let is_there = |id: &Uuid| reviewers.iter().any(|one| one.id == *id && one.archived.is_none());
        let first = || reviewers.iter().find(|one| one.archived.is_none()).map(|one| one.id);
        Ok(chosen.filter(is_there).or_else(|| Some(owner).filter(is_there)).or_else(first).unwrap_or(owner))
    }

    /// Who acts: the named reviewer, else who sits here.
    pub fn seat(&self, reviewer: Option<Uuid>, session: String) -> Result<Seat> {
        let reviewer = match reviewer {
            Some(id) => self.store.review_state(|state| state.reviewer(id))?.id,
            None => self.current_reviewer()?,
        };
        Ok(Seat { reviewer, session, at: now() })
    }

    /// Says who sits here.
    pub fn set_current_reviewer(&self, id: Uuid) -> Result<()> {
        let reviewer = self.store.review_state(|state| state.reviewer(id))?;
        if reviewer.archived.is_some() {
            return Err(Error::InvalidInput(
                "This reviewer was put away; take them out again first".to_owned(),
            ));
        }
        self.store.set_setting(CURRENT, id.to_string())?;
        self.emit(Event::ReviewChanged(Vec::new(), None));
        Ok(())
    }

    /// Makes or changes a reviewer and answers the id.
    pub fn save_reviewer(&self, id: Option<Uuid>, name: &str, archived: bool) -> Result<Uuid> {
        let name = name.trim().to_owned();
        if name.is_empty() || name.chars().count() > MOST_CHARS {
            return Err(Error::InvalidInput(format!(
                "A reviewer has a name of 1 to {MOST_CHARS} characters"
            )));
        }
        let reviewers = self.reviewers()?;
        let is_taken = |one: &Reviewer| Some(one.id) != id && one.name.to_lowercase() == name.to_lowercase();
        if reviewers.iter().any(is_taken) {
            return Err(StoreError::Exists { what: "reviewer", name }.into());
        }
        if archived && id == Some(self.current_reviewer()?) {
            return Err(Error::InvalidInput("Whoever sits here cannot be put away".to_owned()));
        }
        let at = now();
        let known = id.map(|id| self.store.review_state(|state| state.reviewer(id))).transpose()?;
        let reviewer = Reviewer {
            id: id.unwrap_or_else(Uuid::now_v7),
            name,
            kind: known.as_ref().map_or(ReviewerKind::Human, |known| known.kind),
            created: known.as_ref().map_or(at, |known| known.created),
            archived: archived.then(|| known.and_then(|known| known.archived).unwrap_or(at)),
        };
        let id = reviewer.id;
        self.store.reviewing(move |writer| writer.put_reviewer(&reviewer))?;
        self.emit(Event::ReviewChanged(Vec::new(), None));
        Ok(id)
    }

    /// Puts a random id in the place of a reviewer's, everywhere; their answers stay (`annotation-ux.md` §21).
    pub fn forget_reviewer(&self, id: Uuid) -> Result<()> {
        self.store.review_state(|state| state.reviewer(id))?;
        if id == self.current_reviewer()? {
            return Err(Error::InvalidInput(
                "Whoever sits here cannot be forgotten; switch first".to_owned(),
            ));
        }
        let into = Uuid::new_v4();
        self.store.reviewing(move |writer| writer.forget_reviewer(id, into))?;
        self.emit(Event::ReviewChanged(Vec::new(), None));
        Ok(())
    }
}
