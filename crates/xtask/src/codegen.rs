//! `ui/src/contract/contract.ts` from the registry of commands.

use std::fs;

use anyhow::{Context as _, bail};

pub(crate) fn run(check: bool) -> anyhow::Result<()> {
    let file = crate::root().join("ui/src/contract/contract.ts");
    let generated = api::typescript().context("the contract cannot be written as TypeScript")?;
    if check {
        let present = fs::read_to_string(&file).unwrap_or_default();
        if present != generated {
            bail!("ui/src/contract/contract.ts is out of date; run `cargo xtask codegen`");
        }
        return Ok(());
    }
    fs::write(&file, generated).with_context(|| format!("cannot write {}", file.display()))
}
