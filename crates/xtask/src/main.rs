//! Generators and checks of this repository: `cargo xtask <verb>`.

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
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().verb {
        Verb::Codegen { check } => codegen::run(check),
        Verb::Tidy => tidy::run(),
    }
}

/// The root of the repository.
fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
