use engine::Engine;

use super::Answer;
use crate::wire::{Nothing, Remap};

pub(crate) fn start_remap(engine: &Engine, _: Nothing) -> Answer<Remap> {
    Ok(engine.start_remap()?.into())
}

#[expect(clippy::unnecessary_wraps, reason = "every handler may fail")]
pub(crate) fn remap_status(engine: &Engine, _: Nothing) -> Answer<Remap> {
    Ok(engine.remap_status().into())
}

#[expect(clippy::unnecessary_wraps, reason = "every handler may fail")]
pub(crate) fn cancel_remap(engine: &Engine, _: Nothing) -> Answer<Remap> {
    Ok(engine.cancel_remap().into())
}
