//! What is written from the code: `ui/src/contract/contract.ts` from the registry of commands, and the schema of a new
//! library from the migrations.

use std::fs;

use anyhow::{Context as _, bail};

pub(crate) fn run(check: bool) -> anyhow::Result<()> {
    let contract = api::typescript().context("the contract cannot be written as TypeScript")?;
    let schema = store::newest_schema().context("the migrations cannot be run")?;
    for (path, generated) in
        [("ui/src/contract/contract.ts", contract), ("crates/store/src/schema.sql", schema)]
    {
        let file = crate::root().join(path);
        if !check {
            fs::write(&file, generated).with_context(|| format!("cannot write {}", file.display()))?;
        } else if fs::read_to_string(&file).unwrap_or_default() != generated {
            bail!("{path} is out of date; run `cargo xtask codegen`");
        }
    }
    Ok(())
}
