//! Generators, checks and measurements of this repository: `cargo xtask <verb>`.
#![expect(clippy::cast_precision_loss, reason = "figures of a benchmark are rounded anyway")]

mod bench;
mod codegen;
mod tidy;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Generators and checks of this repository")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Write the TypeScript of the contract
    Codegen {
        /// Only check that it is up to date
        #[arg(long)]
        check: bool,
    },
    /// Check the rules that no compiler knows
    Tidy,
    /// Measure the release binary; writes docs/benchmarks.md
    Bench(bench::Bench),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().verb {
        Verb::Codegen { check } => codegen::run(check),
        Verb::Tidy => tidy::run(),
        Verb::Bench(bench) => bench::run(&bench),
    }
}

/// The root of the repository.
fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
