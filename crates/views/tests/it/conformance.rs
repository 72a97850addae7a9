//! The fixture of `langsmith-messages-view.md` §3.13 and the rules around it.
